#!/usr/bin/python3
"""PyTorch's layers that resample images: writes resampling.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/resampling.py
"""
from layers import layer, write

one, two, three = (2, 3, 4), (1, 2, 3, 4), (1, 1, 2, 3, 2)


def shuffled(module, x):
    """PyTorch 1.13 has no derivative of channel_shuffle: what it does, by views."""
    n, channels, *rest = x.shape
    return x.view(n, module.groups, channels // module.groups, *rest).transpose(1, 2).reshape(x.shape)


write("resampling.json", [
    layer("Upsample", inputs=[one], scale_factor=2),
    layer("Upsample", inputs=[two], size=[5, 3]),
    layer("Upsample", inputs=[three], scale_factor=1.6),
    layer("Upsample", inputs=[one], size=3, mode="nearest-exact"),
    layer("Upsample", inputs=[two], scale_factor=(1.7, 0.6), mode="nearest-exact"),
    layer("Upsample", inputs=[three], size=3, mode="nearest-exact"),
    layer("Upsample", inputs=[one], scale_factor=1.7, mode="linear"),
    layer("Upsample", inputs=[one], scale_factor=1.7, mode="linear", recompute_scale_factor=True),
    layer("Upsample", inputs=[one], size=7, mode="linear", align_corners=True),
    layer("Upsample", inputs=[two], scale_factor=(2.3, 0.7), mode="bilinear"),
    layer("Upsample", inputs=[two], size=[2, 9], mode="bilinear", align_corners=True),
    layer("Upsample", inputs=[two], size=1, mode="bilinear", align_corners=True),
    layer("Upsample", inputs=[two], scale_factor=1.5, mode="bicubic"),
    layer("Upsample", inputs=[two], size=[2, 5], mode="bicubic", align_corners=True),
    layer("Upsample", inputs=[three], scale_factor=1.5, mode="trilinear"),
    layer("Upsample", inputs=[three], size=[3, 2, 4], mode="trilinear", align_corners=True),
    layer("Upsample", inputs=[one], size=3, mode="area"),
    layer("Upsample", inputs=[two], scale_factor=0.6, mode="area"),
    layer("Upsample", inputs=[three], size=[1, 2, 3], mode="area"),
    layer("UpsamplingNearest2d", inputs=[two], scale_factor=2),
    layer("UpsamplingNearest2d", inputs=[two], size=[4, 2]),
    layer("UpsamplingBilinear2d", inputs=[two], scale_factor=2),
    layer("UpsamplingBilinear2d", inputs=[two], size=[4, 2]),
    layer("PixelShuffle", 2, inputs=[(2, 4, 2, 3)]),
    layer("PixelShuffle", 2, inputs=[(8, 1, 2)]),
    layer("PixelShuffle", 3, inputs=[(2, 1, 9, 1, 2)]),
    layer("PixelUnshuffle", 2, inputs=[(2, 1, 4, 6)]),
    layer("PixelUnshuffle", 3, inputs=[(2, 3, 6)]),
    layer("ChannelShuffle", 2, inputs=[(2, 4, 2, 2)], call=shuffled),
    layer("ChannelShuffle", 3, inputs=[(1, 6, 2, 1)], call=shuffled),
])
