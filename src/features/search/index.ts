export { check, numeric, oneOf, text, textOrList, textOrNull } from "./check.ts";
export { compare, type Operand, type Operator } from "./compare.ts";
export { type Comparison, parseFilter } from "./filter.ts";
export { afterSql, checkPosition, cutPage, type OrderTerm, orderSql, type PageWanted, readPage } from "./keyset.ts";
export { byName } from "./names.ts";
export { type OrderClause, parseOrder, parseOrders, splitClauses } from "./order.ts";
export { type Position, pageToken, positionOf } from "./page.ts";
