"""Joins the two frozen networks into one that tells the features of windows; training and running use this same one."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper
from onnx.utils import Extractor

from ml import mel

SCORE_FLOOR = 1e-4
"""Added to the scores before their logarithm, as below it they only say "not at all"."""

LAYERS = {"fine": ("Relu_10", 256), "middle": ("Relu_18", 512), "coarse": ("Relu_22", 512), "last": ("Relu_26", 1024)}
"""Layers of YAMNet that are read, with their channels: the fine ones tell the texture by which faults differ, the last
ones what it is that sounds."""

EFFECTS = "/conv_block3/MaxPool_output_0"
"""The layer of aiSFX that is read; the block behind it added nothing on recordings left out."""

PARTS = {
    "fine_mean": slice(0, 256),
    "fine_unrest": slice(256, 512),
    "middle_mean": slice(512, 1024),
    "middle_unrest": slice(1024, 1536),
    "coarse_mean": slice(1536, 2048),
    "last_greatest": slice(2048, 3072),
    "effects_unrest": slice(3072, 3328),
    "scores": slice(3328, 3849),
}
"""Where each kind of feature lies in a row."""

FEATURES = 3_849

LARGE = 4_096
"""Smaller arrays stay as they are: they save nothing."""


def extractor_of(backbones: Path) -> onnx.ModelProto:
    """Pictures of windows -> their features and YAMNet's scores; the weights of the convolutions kept as bytes."""
    yamnet = compose.add_prefix(onnx.load(backbones / "yamnet_logmel.onnx"), "yamnet_")
    whole = onnx.shape_inference.infer_shapes(onnx.load(backbones / "aisfx_embedding.onnx"))
    aisfx = compose.add_prefix(Extractor(whole).extract_model(["logmel"], [EFFECTS]), "aisfx_")
    nodes, arrays = _joints(yamnet.graph)
    graph = helper.make_graph(
        [nodes[0], *yamnet.graph.node, *aisfx.graph.node, *nodes[1:]],
        "engine",
        [
            helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["n", 2, 96, 64]),
            helper.make_tensor_value_info("aisfx_logmel", TensorProto.FLOAT, ["n", mel.AISFX_FRAMES, 96]),
        ],
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", FEATURES]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 521]),
        ],
        [*yamnet.graph.initializer, *aisfx.graph.initializer, *arrays],
    )
    _pack(graph)
    return model_of(graph)


def model_of(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _joints(yamnet: onnx.GraphProto) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """What lies before the networks, and what makes one row of their layers."""
    make = helper.make_node
    arrays = {
        "one_by_one": np.array([-1, 1, 96, 64], np.int64),
        "scores_by_two": np.array([-1, 2, 521], np.int64),
        "score_floor": np.array(SCORE_FLOOR, np.float32),
    }
    nodes = [make("Reshape", ["patches", "one_by_one"], ["yamnet_logmel"])]
    for name, (layer, channels) in LAYERS.items():
        arrays[f"{name}_by_two"] = np.array([0, 2, channels, *_size(name)], np.int64)
        arrays[f"{name}_by_two"][0] = -1
        output = next(n.output[0] for n in yamnet.node if n.output[0].endswith(f"{layer}_output_0"))
        nodes.append(make("Reshape", [output, f"{name}_by_two"], [name]))
    nodes += [
        make("ReduceMean", ["fine"], ["fine_mean"], axes=[1, 3, 4], keepdims=0),
        *_unrest("fine", [1, 3], 2),
        make("ReduceMean", ["middle"], ["middle_mean"], axes=[1, 3, 4], keepdims=0),
        *_unrest("middle", [1, 3], 2),
        make("ReduceMean", ["coarse"], ["coarse_mean"], axes=[1, 3, 4], keepdims=0),
        make("ReduceMax", ["last"], ["last_greatest"], axes=[1, 3, 4], keepdims=0),
        make("Identity", [f"aisfx_{EFFECTS}"], ["effects"]),
        *_unrest("effects", [2], 2),
        make("Reshape", ["yamnet_scores", "scores_by_two"], ["scores_of_both"]),
        make("ReduceMean", ["scores_of_both"], ["scores"], axes=[1], keepdims=0),
        make("Add", ["scores", "score_floor"], ["scores_above_floor"]),
        make("Log", ["scores_above_floor"], ["log_scores"]),
        make("Concat", [*list(PARTS)[:-1], "log_scores"], ["features"], axis=1),
    ]
    return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _size(layer: str) -> tuple[int, int]:
    """Steps in time and in frequency of one patch."""
    return {"fine": (12, 8), "middle": (6, 4), "coarse": (6, 4), "last": (3, 2)}[layer]


def _unrest(layer: str, moments: list[int], bands: int) -> list[onnx.NodeProto]:
    """How much each channel comes and goes in time, averaged over frequency."""
    make = helper.make_node
    return [
        make("ReduceMean", [layer], [f"{layer}_level"], axes=moments, keepdims=0),
        make("Mul", [f"{layer}_level", f"{layer}_level"], [f"{layer}_level_squared"]),
        make("Mul", [layer, layer], [f"{layer}_power"]),
        make("ReduceMean", [f"{layer}_power"], [f"{layer}_mean_power"], axes=moments, keepdims=0),
        make("Sub", [f"{layer}_mean_power", f"{layer}_level_squared"], [f"{layer}_spread"]),
        make("Relu", [f"{layer}_spread"], [f"{layer}_variance"]),
        make("Sqrt", [f"{layer}_variance"], [f"{layer}_deviation"]),
        make("ReduceMean", [f"{layer}_deviation"], [f"{layer}_unrest"], axes=[bands], keepdims=0),
    ]


def _pack(graph: onnx.GraphProto) -> None:
    """Replaces large weights by bytes with one scale an output; the runtime unpacks them once, when it loads."""
    unpacking: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < LARGE:
            kept.append(tensor)
            continue
        whole, scale = _bytes_of(array)
        kept.append(numpy_helper.from_array(whole, f"{tensor.name}_bytes"))
        kept.append(numpy_helper.from_array(scale, f"{tensor.name}_scale"))
        unpacking.append(
            helper.make_node("Cast", [f"{tensor.name}_bytes"], [f"{tensor.name}_float"], to=TensorProto.FLOAT)
        )
        unpacking.append(helper.make_node("Mul", [f"{tensor.name}_float", f"{tensor.name}_scale"], [tensor.name]))
    nodes = [*unpacking, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def _bytes_of(array: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    scale = np.abs(array).max(axis=tuple(range(1, array.ndim)), keepdims=True) / 127.0 + 1e-12
    return np.round(array / scale).astype(np.int8), scale.astype(np.float32)
