"""The Keras classes that a handed-in model configuration may name.

The lists are closed: whatever is not here is refused before anything is built. Left out on purpose are
classes that run code from the configuration (`Lambda`, `TFSMLayer`, `JaxLayer`, `TorchModuleWrapper`),
that read files (`StringLookup`, `TextVectorization`), or that take functions (`ops.Map`, `ops.WhileLoop`).

Source: the public classes of Keras 3.15 (`keras.layers`, `keras.initializers`, `keras.src.ops`, ...), read by hand.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS: Final = frozenset(
    {
        ("keras", "Sequential"),
        ("keras.models", "Sequential"),
        ("keras", "Model"),
        ("keras.models", "Model"),
        ("keras", "Functional"),
        ("keras.src.models.functional", "Functional"),
        ("tf_keras.src.engine.functional", "Functional"),
    }
)
"""(module, class) of models: layers that hold layers."""

LAYERS: Final = _words(
    """
    InputLayer Activation ActivityRegularization Add AlphaDropout Average Concatenate Dot Dropout ELU Flatten
    GaussianDropout GaussianNoise Identity LeakyReLU Masking Maximum Minimum Multiply Normalization PReLU Permute ReLU
    RepeatVector Rescaling Reshape Resizing Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract
    UnitNormalization
    Dense EinsumDense Embedding Attention AdditiveAttention MultiHeadAttention GroupQueryAttention
    Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
    BatchNormalization GroupNormalization LayerNormalization RMSNormalization SpectralNormalization TimeDistributed
    AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveMaxPooling1D AdaptiveMaxPooling2D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    Cropping1D Cropping2D UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D
    Pipeline CenterCrop AugMix AutoContrast CutMix MixUp RandAugment Equalization Solarization
    ContrastLimitedAdaptiveHistogramEqualization
    RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
    RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective
    RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom
    """
)
"""Classes of `keras.layers`."""

APPLICATION_LAYERS: Final = frozenset(
    {
        ("keras.src.applications.convnext", "LayerScale"),
        ("keras.src.applications.convnext", "StochasticDepth"),
        ("keras.src.applications.inception_resnet_v2", "CustomScaleLayer"),
    }
)
"""Layers that `keras.applications` defines for itself."""

KERAS_2_OPERATIONS: Final = {
    ("tf_keras.src.layers.core.tf_op_layer", "TFOpLambda"): _words(
        """
        math.truediv math.divide math.subtract math.multiply math.add math.maximum math.minimum math.reduce_mean
        math.reduce_max math.abs math.sqrt math.square math.pow math.negative math.divide_no_nan nn.relu nn.relu6
        nn.softmax nn.sigmoid nn.bias_add image.resize image.grayscale_to_rgb image.per_image_standardization cast
        reshape concat stack squeeze expand_dims identity clip_by_value convert_to_tensor reverse transpose
        __operators__.add __operators__.radd __operators__.sub __operators__.mul __operators__.truediv
        """
    ),
    ("tf_keras.src.layers.core.tf_op_layer", "SlicingOpLambda"): _words("__operators__.getitem"),
}
"""How Keras 2 writes down arithmetic on tensors: the functions of TensorFlow that such a layer may name. Built from a
configuration it looks any exported function up by name, reading files included, so this list is closed as well."""

OPERATIONS: Final = {
    "keras.src.ops.numpy": _words(
        """
        Abs Absolute Add Amax Amin Average BroadcastTo Ceil Clip Concatenate Cos Divide DivideNoNan Dot Equal Exp
        ExpandDims Flip Floor FloorDivide GetItem Greater GreaterEqual Less LessEqual Log Log10 Log1p Log2 LogicalAnd
        LogicalNot LogicalOr Matmul Max Maximum Mean Median Min Minimum Mod Moveaxis Multiply Negative NotEqual
        OnesLike Pad Power Prod Ravel Reciprocal Repeat Reshape Round Sign Sin Split Sqrt Square Squeeze Stack Std
        Subtract Sum Swapaxes Take Tanh Tile Transpose TrueDivide Var Where ZerosLike
        """
    ),
    "keras.src.ops.nn": _words(
        """
        AveragePool BatchNorm Celu Elu Gelu Glu HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid LogSoftmax
        MaxPool Moments Normalize Relu Relu6 Selu Sigmoid Silu Softmax Softplus Softsign
        """
    ),
    "keras.src.ops.core": _words("Cast ConvertToTensor SaturateCast StopGradient Unstack"),
    "keras.src.ops.image": _words("CropImages PadImages RGBToGrayscale RGBToHSV HSVToRGB Resize"),
    "keras.src.ops.math": _words("Rsqrt Erf Logsumexp"),
    "keras.src.ops.linalg": _words("Norm"),
}
"""Operations that appear as layers when tensors are calculated with directly, by module."""

INITIALIZERS: Final = _words(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones
    Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    """
)
REGULARIZERS: Final = _words("L1 L2 L1L2 OrthogonalRegularizer")
CONSTRAINTS: Final = _words("MaxNorm MinMaxNorm NonNeg UnitNorm")
DTYPE_POLICIES: Final = _words("DTypePolicy FloatDTypePolicy")
DTYPE_POLICY_NAMES: Final = _words("float16 float32 float64 bfloat16 mixed_float16 mixed_bfloat16 int32 int64 uint8")

ACTIVATIONS: Final = _words(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
    log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid
    sparsemax squareplus swish tanh tanh_shrink threshold
    """
)
ACTIVATION_SYNONYMS: Final = {"softmax_v2": "softmax", "gelu_v2": "gelu", "leaky_relu_v2": "leaky_relu"}
"""Names under which TensorFlow's own functions (`activation=tf.nn.softmax`) are written down, and Keras' name."""

VALUES: Final = _words("__keras_tensor__ __tensor__ __numpy__ __ellipsis__ __slice__")
"""Marks of plain values inside the arguments of a call."""


def kind_of(module: str | None, class_name: str) -> str | None:
    """What an object of a configuration is, or None when it is not admitted.

    Args:
        module: the entry's `module`.
        class_name: the entry's `class_name`.

    Returns:
        `model`, `layer`, `operation`, `initializer`, `regularizer`, `constraint`, `dtype`, `value`,
        `function` or `seed`.
    """
    if class_name in VALUES:
        return "value"
    if class_name == "function":
        return "function" if module in {"builtins", "keras.activations", "keras.ops"} else None
    if (module, class_name) in MODELS:
        return "model"
    if (module, class_name) in APPLICATION_LAYERS:
        return "layer"
    if (module, class_name) in KERAS_2_OPERATIONS:
        return "operation"
    if (module, class_name) == ("keras.random", "SeedGenerator"):
        return "seed"
    if not isinstance(module, str):
        return None
    if class_name in OPERATIONS.get(module, frozenset()):
        return "operation"
    by_module = {
        "keras.layers": ("layer", LAYERS),
        "keras.initializers": ("initializer", INITIALIZERS),
        "tensorflow.python.ops.init_ops_v2": ("initializer", INITIALIZERS),
        "keras.regularizers": ("regularizer", REGULARIZERS),
        "keras.constraints": ("constraint", CONSTRAINTS),
        "keras": ("dtype", DTYPE_POLICIES),
        "keras.dtype_policies": ("dtype", DTYPE_POLICIES),
    }
    kind, classes = by_module.get(module, ("", frozenset()))
    return kind if class_name in classes else None
