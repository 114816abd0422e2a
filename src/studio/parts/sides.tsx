import { lineDiff } from "./line-diff.ts";

/** Two texts side by side, line by line, with what differs marked. */
export function Sides({ left, right }: { left: string; right: string }) {
  const lines = lineDiff(left, right);
  if (lines === null) return <p className="ty-quiet">These texts are too long to be compared line by line.</p>;
  return (
    <table className="ty-sides">
      <tbody>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
          <tr key={index} data-kind={line.kind}>
            <td>{line.left}</td>
            <td>{line.right}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
