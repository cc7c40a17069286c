"""A stand-in for the `models.py` of a checkout: the class by its published name and arguments."""

import sys

sys.path.append("{bench}")

import torch  # noqa: E402
from pytorch_model import MaskedAutoencoder, objective  # noqa: E402
from pytorch_parity import setting_of  # noqa: E402


class MetaMAE(MaskedAutoencoder):
    def __init__(self, n_modality, input_shape, patch_size, use_first_order, dropout, **config):
        shape = [list(size) if isinstance(size, tuple) else size for size in input_shape]
        setting = setting_of({**config, "input_shape": shape, "patch_size": patch_size}, "metamae")
        sizes = [[config[f"{part}_{side}"] for part in ("embed_dim", "num_layer", "num_head")]
                 for side in ("enc", "dec")]
        super().__init__({**setting, "firstOrder": use_first_order}, sizes, dropout)

    def forward(self, batch):
        x, _ = batch
        return {"loss": objective(self, x, *(torch.rand(len(x), self.patches) for _ in range(2)))}
