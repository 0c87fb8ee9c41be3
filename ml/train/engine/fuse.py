"""Puts the head behind the extractor: one small file, from pictures of windows to classes."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ml.train.engine.extractor import extractor_of, model_of
from ml.train.engine.head import ENGINES, OTHERS, STRANGENESS, Head

SPEECH = (0, 1, 2, 3, 4)
"""YAMNet's scores of people talking."""

WIND = (277, 279)
"""YAMNet's scores of wind, and of wind in a microphone."""

OTHER = (24, 58, 61, 62, 63, 64, 66, 69, 106, 132, 283, 317, 390, 518)
"""YAMNet's scores of what drowns an engine: singing, hands, crowds, children, dogs, birds, music, rain, sirens, TV."""


def fuse(backbones: Path, head: Head) -> onnx.ModelProto:
    """The whole model: pictures of windows -> log-probabilities of classes; scores of speech, wind and other sounds."""
    graph = extractor_of(backbones).graph
    nodes, arrays = _behind(head)
    graph.node.extend(nodes)
    graph.initializer.extend(arrays)
    del graph.output[:]
    graph.output.extend(
        [
            helper.make_tensor_value_info("log_probabilities", TensorProto.FLOAT, ["n", len(head.classes)]),
            helper.make_tensor_value_info("disturbance", TensorProto.FLOAT, ["n", 3]),
        ]
    )
    return model_of(graph)


def _behind(head: Head) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    arrays = {
        "slopes": head.slopes.astype(np.float32),
        "offsets": head.offsets.astype(np.float32),
        "others": np.array(OTHERS, np.int64),
        "engines": np.array(ENGINES, np.int64),
        "strangeness_weight": np.array(STRANGENESS, np.float32),
        "over_scores": np.array([1], np.int64),
        "gate_and_families": np.array([1, len(head.families)], np.int64),
        "disturbing": np.array([*SPEECH, *WIND, *OTHER], np.int64),
        "speech_wind_other": np.array([len(SPEECH), len(WIND), len(OTHER)], np.int64),
    }
    make = helper.make_node
    names = ("speech", "wind", "other")
    nodes = [
        make("Gemm", ["features", "slopes", "offsets"], ["logits"]),
        make("Split", ["logits", "gate_and_families"], ["no_car_by_head", "families"], axis=1),
        *_logarithm_of_sum("others"),
        *_logarithm_of_sum("engines"),
        make("Sub", ["others_logarithm", "engines_logarithm"], ["strangeness"]),
        make("Mul", ["strangeness", "strangeness_weight"], ["opinion"]),
        make("Add", ["no_car_by_head", "opinion"], ["no_car"]),
        make("Neg", ["no_car"], ["car"]),
        make("Softplus", ["no_car"], ["surprise_of_car"]),
        make("Softplus", ["car"], ["surprise_of_no_car"]),
        make("Neg", ["surprise_of_no_car"], ["log_no_car"]),
        make("LogSoftmax", ["families"], ["log_given_car"], axis=1),
        make("Sub", ["log_given_car", "surprise_of_car"], ["log_families"]),
        make("Concat", ["log_no_car", "log_families"], ["log_probabilities"], axis=1),
        make("Gather", ["scores", "disturbing"], ["disturbing_scores"], axis=1),
        make("Split", ["disturbing_scores", "speech_wind_other"], [f"{name}_scores" for name in names], axis=1),
        *(make("ReduceMax", [f"{name}_scores"], [name], axes=[1], keepdims=1) for name in names),
        make("Concat", list(names), ["disturbance"], axis=1),
    ]
    return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _logarithm_of_sum(name: str) -> list[onnx.NodeProto]:
    """Of some of YAMNet's scores."""
    make = helper.make_node
    return [
        make("Gather", ["scores_above_floor", name], [f"{name}_scores"], axis=1),
        make("ReduceSum", [f"{name}_scores", "over_scores"], [f"{name}_sum"], keepdims=1),
        make("Log", [f"{name}_sum"], [f"{name}_logarithm"]),
    ]
