"""Changes to ONNX graphs: the inputs that the signature names in front, plain names behind."""

import onnx
from onnx import TensorProto, compose, helper

from .features import TEXT, Array, Features, Table

ELEMENT_TYPE = {
    "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8,
    "int8": TensorProto.INT8,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    TEXT: TensorProto.STRING,
}


def signature_in_front(inner: onnx.ModelProto, features: Features) -> onnx.ModelProto:
    """The model with the inputs that its signature names; values are cast to what `inner` takes."""
    if not any(entry.domain in ("", "ai.onnx") for entry in inner.opset_import):
        # A model of trees alone names only the domain that trees are of.
        inner.opset_import.append(helper.make_opsetid("", 13))
    return columns_in_front(inner, features) if isinstance(features, Table) else array_in_front(inner, features)


def array_in_front(inner: onnx.ModelProto, array: Array) -> onnx.ModelProto:
    model = compose.add_prefix(inner, "model/")
    graph = model.graph
    taken = graph.input[0]
    cast = helper.make_node("Cast", [array.name], [taken.name], to=taken.type.tensor_type.elem_type, name="cast")
    shape = [None if size == -1 else size for size in array.shape]
    replace_inputs(graph, [helper.make_tensor_value_info(array.name, ELEMENT_TYPE[array.dtype], shape)], [cast])
    return model


def columns_in_front(inner: onnx.ModelProto, table: Table) -> onnx.ModelProto:
    """One input of shape [rows, 1] per column. `inner` takes as many, in that order, or a matrix of them."""
    model = compose.add_prefix(inner, "model/")
    graph = model.graph
    apart = len(graph.input) == len(table.columns)
    nodes, parts = [], []
    for place, column in enumerate(table.columns):
        taken = graph.input[place if apart else 0]
        parts.append(taken.name if apart else f"cast/{place}")
        to = taken.type.tensor_type.elem_type
        nodes.append(helper.make_node("Cast", [column.name], parts[-1:], to=to, name=f"cast_{place}"))
    if not apart:
        nodes.append(helper.make_node("Concat", parts, [graph.input[0].name], axis=1, name="columns"))
    inputs = [
        helper.make_tensor_value_info(column.name, ELEMENT_TYPE[column.dtype], [None, 1]) for column in table.columns
    ]
    replace_inputs(graph, inputs, nodes)
    return model


def replace_inputs(graph: onnx.GraphProto, inputs: list[onnx.ValueInfoProto], nodes: list[onnx.NodeProto]) -> None:
    before = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + before)
    del graph.input[:]
    graph.input.extend(inputs)


def trees_in_float64(model: onnx.ModelProto) -> onnx.ModelProto:
    """Lets trees, which ONNX computes in 32 bits, stand in a graph that is 64 bits wide everywhere else."""
    nodes = []
    for place, node in enumerate(model.graph.node):
        nodes.append(node)
        if node.op_type not in ("TreeEnsembleClassifier", "TreeEnsembleRegressor"):
            continue
        if not any(attribute.name == "nodes_values_as_tensor" for attribute in node.attribute):
            narrow = f"tree_{place}/input"
            before = helper.make_node("Cast", node.input[:1], [narrow], to=TensorProto.FLOAT, name=f"narrow_{place}")
            nodes.insert(-1, before)
            node.input[0] = narrow
        wide, node.output[-1] = node.output[-1], f"tree_{place}/output"
        nodes.append(
            helper.make_node("Cast", node.output[-1:], [wide], to=TensorProto.DOUBLE, name=f"widen_{place}")
        )
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)
    return model


def only_output(model: onnx.ModelProto, index: int, column: int | None = None) -> onnx.ModelProto:
    """Keeps one output, or one column of it."""
    graph = model.graph
    kept = graph.output[index]
    if column is not None:
        which = helper.make_tensor("column", TensorProto.INT64, [1], [column])
        graph.initializer.append(which)
        graph.node.append(helper.make_node("Gather", [kept.name, "column"], ["one_column"], axis=1, name="one_column"))
        kept = helper.make_tensor_value_info("one_column", kept.type.tensor_type.elem_type, [None, 1])
    kept = onnx.ValueInfoProto.FromString(kept.SerializeToString())
    del graph.output[:]
    graph.output.append(kept)
    return model


def name_outputs(model: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    """Keeps as many outputs as there are names, and calls them so."""
    graph = model.graph
    taken = {value.name for value in graph.input}
    outputs = list(graph.output)[: len(names)]
    renamed = {}
    for output, name in zip(outputs, names, strict=True):
        while name in taken:
            name += "_"
        taken.add(name)
        renamed[output.name] = name
    in_use = {name for node in graph.node for name in [*node.input, *node.output]} - set(renamed)
    if in_use & set(renamed.values()):
        model = compose.add_prefix(model, "inner/", rename_inputs=False, rename_outputs=False)
        graph = model.graph
        outputs = list(graph.output)[: len(names)]
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for output in outputs:
        output.name = renamed[output.name]
        rows = output.type.tensor_type.shape.dim
        if len(rows) > 0:
            # Some converters say 1 where any number of rows comes out.
            rows[0].Clear()
    del graph.output[:]
    graph.output.extend(outputs)
    return model
