"""What the converters of Darknet's networks write (TensorRT's yolov3_to_onnx and those after it).

Layers are called 001_convolutional, with _bn and _lrelu behind them; LeakyRelu with slope 0.1, BatchNormalization unfused,
auto_pad SAME_LOWER or explicit pads, a pool of stride 1 behind an uneven pad, a global average at the end.
"""

from builder import Entry, Graph

EXPORTER = "Darknet conversions (yolov3_to_onnx and the like)"


def entries():
    layers = ["001_convolutional", "001_convolutional_bn", "002_convolutional_lrelu"]
    yield Entry("darknet_auto_pad.onnx", EXPORTER, "opset 7: auto_pad SAME_LOWER, BatchNormalization, LeakyRelu 0.1",
                "Darknet-19, the classifier below YOLO", darknet(7, auto_pad="SAME_LOWER"), layers=layers)
    yield Entry("darknet_pads.onnx", EXPORTER, "opset 9: explicit pads, SAME_UPPER pools, open batch", "Darknet's VGG-16",
                darknet(9, batch="batch", pads=[1, 1, 1, 1]), layers=layers)
    yield Entry("darknet_tiny.onnx", EXPORTER, "opset 10: an uneven Pad and a pool of stride 1", "tiny YOLO's backbone",
                darknet(10, tiny=True, pads=[1, 1, 1, 1]), layers=layers)


def darknet(opset, batch=1, tiny=False, **padding):
    g = Graph(71)
    x = g.input("000_net", [batch, 3, 16, 16])
    for i, (inputs, outputs) in enumerate(((3, 6), (6, 8)), 1):
        name = f"00{i}_convolutional"
        g.weight(f"{name}_conv_weights", outputs, inputs, 3, 3)
        x = g.node("Conv", [x, f"{name}_conv_weights"], name, kernel_shape=[3, 3], strides=[1, 1], dilations=[1, 1], **padding)
        g.weight(f"{name}_bn_scale", outputs, around=1.0)
        g.weight(f"{name}_bn_bias", outputs)
        g.weight(f"{name}_bn_mean", outputs)
        g.constant(f"{name}_bn_var", 0.5 + g.values(outputs, scale=1.0) ** 2)
        constants = [f"{name}_bn_{p}" for p in ("scale", "bias", "mean", "var")]
        x = g.node("BatchNormalization", [x] + constants, f"{name}_bn", epsilon=1e-5, momentum=0.99)
        x = g.node("LeakyRelu", x, f"{name}_lrelu", alpha=0.1)
        x = g.node("MaxPool", x, f"00{i}_maxpool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    if tiny:
        x = g.node("Pad", x, "003_pad", mode="constant", pads=[0, 0, 0, 0, 0, 0, 1, 1], value=0.0)
        x = g.node("MaxPool", x, "003_maxpool", kernel_shape=[2, 2], strides=[1, 1])
    g.weight("004_convolutional_conv_weights", 10, 8, 1, 1)
    g.weight("004_convolutional_conv_bias", 10)
    x = g.node("Conv", [x, "004_convolutional_conv_weights", "004_convolutional_conv_bias"], "004_convolutional",
               kernel_shape=[1, 1], strides=[1, 1])
    x = g.node("GlobalAveragePool", x, "005_avgpool")
    x = g.node("Softmax", g.node("Flatten", x, "006_flatten"), "006_softmax", axis=1)
    g.output(x, [batch, 10])
    return g.model(opset, "NVIDIA TensorRT sample", "", 4, "YOLOv3-608", initializers_are_inputs=True)
