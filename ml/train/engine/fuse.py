"""Joins the two extractors and the head into one small file, the weights of the convolutions kept as bytes."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from ml import mel
from ml.train.engine.features import PARTS, SCORE_FLOOR
from ml.train.engine.head import Head

SPEECH = (0, 1, 2, 3, 4)
"""YAMNet's scores of people talking."""

WIND = (277, 279)
"""YAMNet's scores of wind, and of wind in a microphone."""

LARGE = 4_096
"""Smaller arrays stay as they are: they save nothing."""


def fuse(backbones: Path, head: Head) -> onnx.ModelProto:
    """The whole model: pictures and statistics of windows -> log-probabilities of classes, speech and wind."""
    yamnet = compose.add_prefix(onnx.load(backbones / "yamnet_logmel.onnx"), "yamnet_")
    aisfx = compose.add_prefix(onnx.load(backbones / "aisfx_embedding.onnx"), "aisfx_")
    nodes, arrays = _joints(head)
    graph = helper.make_graph(
        [*nodes[:1], *yamnet.graph.node, *aisfx.graph.node, *nodes[1:]],
        "engine",
        [
            helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["n", 2, 96, 64]),
            helper.make_tensor_value_info("aisfx_logmel", TensorProto.FLOAT, ["n", mel.AISFX_FRAMES, 96]),
            helper.make_tensor_value_info("statistics", TensorProto.FLOAT, ["n", mel.STATISTICS]),
        ],
        [
            helper.make_tensor_value_info("log_probabilities", TensorProto.FLOAT, ["n", len(head.classes)]),
            helper.make_tensor_value_info("disturbance", TensorProto.FLOAT, ["n", 2]),
        ],
        [*yamnet.graph.initializer, *aisfx.graph.initializer, *arrays],
    )
    _pack(graph)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _joints(head: Head) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """What lies before, between and behind the extractors."""
    used = ("yamnet_mean", "aisfx", "statistics", "scores")
    slopes = np.concatenate([head.slopes[PARTS[part]] for part in used])
    arrays = {
        "one_by_one": np.array([-1, 1, 96, 64], np.int64),
        "by_two": np.array([-1, 2, 1024], np.int64),
        "scores_by_two": np.array([-1, 2, 521], np.int64),
        "score_floor": np.array(SCORE_FLOOR, np.float32),
        "slopes": slopes.astype(np.float32),
        "offsets": head.offsets.astype(np.float32),
        "gate_and_families": np.array([1, len(head.families)], np.int64),
        "disturbing": np.array([*SPEECH, *WIND], np.int64),
        "speech_and_wind": np.array([len(SPEECH), len(WIND)], np.int64),
    }
    make = helper.make_node
    nodes = [
        make("Reshape", ["patches", "one_by_one"], ["yamnet_logmel"]),
        make("Reshape", ["yamnet_embedding", "by_two"], ["embedding_by_two"]),
        make("ReduceMean", ["embedding_by_two"], ["embedding"], axes=[1], keepdims=0),
        make("Reshape", ["yamnet_scores", "scores_by_two"], ["scores_of_both"]),
        make("ReduceMean", ["scores_of_both"], ["scores"], axes=[1], keepdims=0),
        make("Add", ["scores", "score_floor"], ["scores_above_floor"]),
        make("Log", ["scores_above_floor"], ["log_scores"]),
        make("Concat", ["embedding", "aisfx_embedding", "statistics", "log_scores"], ["features"], axis=1),
        make("Gemm", ["features", "slopes", "offsets"], ["logits"]),
        make("Split", ["logits", "gate_and_families"], ["no_car", "families"], axis=1),
        make("Neg", ["no_car"], ["car"]),
        make("Softplus", ["no_car"], ["surprise_of_car"]),
        make("Softplus", ["car"], ["surprise_of_no_car"]),
        make("Neg", ["surprise_of_no_car"], ["log_no_car"]),
        make("LogSoftmax", ["families"], ["log_given_car"], axis=1),
        make("Sub", ["log_given_car", "surprise_of_car"], ["log_families"]),
        make("Concat", ["log_no_car", "log_families"], ["log_probabilities"], axis=1),
        make("Gather", ["scores", "disturbing"], ["disturbing_scores"], axis=1),
        make("Split", ["disturbing_scores", "speech_and_wind"], ["speech_scores", "wind_scores"], axis=1),
        make("ReduceMax", ["speech_scores"], ["speech"], axes=[1], keepdims=1),
        make("ReduceMax", ["wind_scores"], ["wind"], axes=[1], keepdims=1),
        make("Concat", ["speech", "wind"], ["disturbance"], axis=1),
    ]
    return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _pack(graph: onnx.GraphProto) -> None:
    """Replaces large weights by bytes with one scale an output; the runtime unpacks them once, when it loads."""
    unpacking: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if tensor.name == "slopes" or array.dtype != np.float32 or array.size < LARGE:
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
