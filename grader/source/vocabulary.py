"""The names of Keras and TensorFlow that matter to a transfer-learning lab."""

from __future__ import annotations

KERAS_ROOTS = frozenset({"tensorflow", "keras", "tf_keras", "tf", "tensorflow_addons", "keras_cv"})

BACKBONES = frozenset({
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge", "DenseNet121",
    "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3",
    "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7", "EfficientNetV2B0",
    "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M",
    "EfficientNetV2S", "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large",
    "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet101", "ResNet101V2", "ResNet152", "ResNet152V2",
    "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception",
    "RegNetX002", "RegNetX004", "RegNetX006", "RegNetX008", "RegNetX016", "RegNetX032", "RegNetX040",
    "RegNetX064", "RegNetX080", "RegNetX120", "RegNetX160", "RegNetX320", "RegNetY002", "RegNetY004",
    "RegNetY006", "RegNetY008", "RegNetY016", "RegNetY032", "RegNetY040", "RegNetY064", "RegNetY080",
    "RegNetY120", "RegNetY160", "RegNetY320", "ResNetRS50", "ResNetRS101", "ResNetRS152", "ResNetRS200",
    "ResNetRS270", "ResNetRS350", "ResNetRS420",
})  # fmt: skip
"""Constructors of `keras.applications` in Keras 3 and its predecessors (their API references); Keras 2 alone has RegNet
and ResNet-RS."""

AUGMENTATIONS = frozenset({
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation", "RandomCrop",
    "RandomBrightness", "RandomHeight", "RandomWidth", "RandomSharpness", "RandomShear", "RandomHue",
    "RandomSaturation", "RandomGrayscale", "RandomInvert", "RandomPosterization", "RandomColorDegeneration",
    "RandomColorJitter", "RandomErasing", "RandomGaussianBlur", "RandomPerspective", "RandomElasticTransform",
    "RandAugment", "AugMix", "CutMix", "MixUp",
})  # fmt: skip
"""Preprocessing layers that change images at random. `RandomNormal` and `RandomUniform` are initialisers."""

IMAGE_OPERATIONS = (
    "random_flip", "random_brightness", "random_contrast", "random_hue", "random_saturation", "random_crop",
    "random_jpeg_quality", "stateless_random_",
)  # fmt: skip
"""Beginnings of the random functions in `tf.image`."""

OTHER_MOTIONS = {
    "cv2": ("flip", "rotate", "getRotationMatrix2D"), "numpy": ("flip", "fliplr", "flipud", "rot90"),
    "albumentations": ("Flip", "HorizontalFlip", "VerticalFlip", "Rotate", "RandomRotate90", "SafeRotate",
                       "ShiftScaleRotate"),
    "imgaug": ("Fliplr", "Flipud", "Rotate", "Rot90"), "scipy": ("rotate",), "skimage": ("rotate",),
    "PIL": ("mirror", "flip"), "tensorflow_addons": ("rotate",), "keras": ("random_rotation",),
    "tensorflow": ("random_rotation",), "torchvision": ("RandomHorizontalFlip", "RandomVerticalFlip", "RandomRotation"),
}  # fmt: skip
"""By the first name of a library: what in it mirrors or turns pictures, and is no layer and no random function of
`tf.image`. Where such a function acts, only running it would show."""

GENERATOR_AUGMENTATIONS = frozenset({
    "rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range",
    "zoom_range", "channel_shift_range", "horizontal_flip", "vertical_flip",
})  # fmt: skip
"""Arguments of `ImageDataGenerator` that augment."""

GENERATOR_PREPROCESSING = frozenset({
    "rescale", "preprocessing_function", "samplewise_center", "samplewise_std_normalization",
    "featurewise_center", "featurewise_std_normalization",
})  # fmt: skip

REDUCTIONS = {"reduce_mean": "reduce_mean", "mean": "reduce_mean", "reduce_max": "reduce_max", "amax": "reduce_max"}
"""Functions of TensorFlow and `keras.ops` that pool when they go over both sides of a picture."""

POOLINGS = frozenset(["GlobalAveragePooling2D", "GlobalAvgPool2D", "GlobalMaxPooling2D", "GlobalMaxPool2D", "Flatten"])
"""What turns the base's feature map into a vector; `Flatten` is told apart by its name."""

DROPOUTS = frozenset({"Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"})

SCALING_FUNCTIONS = frozenset({"per_image_standardization", "convert_image_dtype"})
"""Functions of `tf.image` that change the range of pixel values."""

PIXEL_DIVISORS = frozenset({127.5, 127, 128, 255, 256})
"""Divisors that say a division is about pixel values."""

SHOWING = frozenset({"imshow", "show_images", "figimage", "imsave"})
"""Calls that only show a picture: scaling inside them is not preprocessing."""
