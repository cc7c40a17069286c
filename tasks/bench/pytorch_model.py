"""MAE and MetaMAE in plain eager PyTorch: the published model, its state dict names and its losses.

Written from the published description; the step that is timed and the one that is held to recorded
numbers are the same code. Attention is explicit, since the decoder is differentiated twice.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        qkv = self.qkv(x).reshape(n, t, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * self.scale).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, t, c))


class Mlp(nn.Module):
    def __init__(self, width, rate):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(rate)

    def forward(self, x):
        return self.drop(self.fc2(self.drop(F.gelu(self.fc1(x)))))


class Block(nn.Module):
    def __init__(self, width, heads, rate):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp, self.drop = Attention(width, heads), Mlp(width, rate), nn.Dropout(rate)

    def forward(self, x):
        x = x + self.drop(self.attn(self.norm1(x)))
        return x + self.mlp(self.norm2(x))


def sines(positions, width):
    """Sine and cosine code of positions (L): (L, width)."""
    rates = 10000.0 ** (-torch.arange(width // 2, dtype=torch.float64) / (width // 2))
    angles = positions.double()[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], 1)


def position_table(kind, length, width):
    """Fixed table (1, L+1, width); the first row, of CLS, is zero."""
    at = torch.arange(length)
    if kind == "image":
        side = math.isqrt(length)
        rows, columns = at // side, at % side
        codes = torch.cat([sines(columns, width // 2), sines(rows, width // 2)], 1)
    else:
        codes = sines(at, width)
    return torch.cat([torch.zeros(1, width), codes])[None].float()


class PatchEmbedding(nn.Module):
    """Holds the kernel in the published layout; patches come as rows, channel fastest."""

    def __init__(self, setting, width):
        super().__init__()
        self.kind = setting["kind"]
        if self.kind == "tokens":
            self.proj = nn.Embedding(setting["vocabulary"], width)
        else:
            convolution = nn.Conv2d if self.kind == "image" else nn.Conv1d
            self.proj = convolution(setting["channels"], width, setting["patch"])

    def forward(self, patches):
        if self.kind == "tokens":
            return self.proj(patches)
        return F.linear(patches, self.proj.weight.movedim(1, -1).flatten(1), self.proj.bias)


def patch_count(setting):
    if setting["kind"] == "tokens":
        return setting["length"]
    if setting["kind"] == "series":
        return setting["length"] // setting["patch"]
    return (setting["height"] // setting["patch"]) * (setting["width"] // setting["patch"])


class MaskedAutoencoder(nn.Module):
    """`sizes`: (width, layers, heads) of encoder and decoder; `setting`: the input and the options."""

    def __init__(self, setting, sizes, dropout):
        super().__init__()
        (width, layers, heads), (narrow, depth, few) = sizes
        self.setting, self.patches = setting, patch_count(setting)
        kind = setting["kind"]
        out = width if kind == "tokens" else setting["channels"] * setting["patch"] ** (
            2 if kind == "image" else 1)
        self.patch_embed = PatchEmbedding(setting, width)
        self.cls_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.mask_token = nn.Parameter(torch.randn(1, 1, narrow) * 0.02)
        for name, size in (("pos_embed", width), ("decoder_pos_embed", narrow)):
            self.register_buffer(name, position_table(kind, self.patches, size))
        self.register_buffer("inner_lr", torch.tensor(float(setting["innerLr"])))
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm_enc, self.decoder_embed = nn.LayerNorm(width), nn.Linear(width, narrow)
        self.decoder = nn.ModuleList(Block(narrow, few, 0.0) for _ in range(depth))
        self.norm_dec, self.decoder_head = nn.LayerNorm(narrow), nn.Linear(narrow, out)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        if setting["method"] == "metamae":
            self.projector = nn.Sequential(
                nn.Linear(width, 4 * width, bias=False),
                nn.BatchNorm1d(4 * width),
                nn.ReLU(),
                nn.Linear(4 * width, 128, bias=False),
            )

    def patchify(self, x):
        """Patches as rows (N, L, P), channel fastest; token ids (N, L) stay."""
        n, p = len(x), self.setting.get("patch")
        if self.setting["kind"] == "tokens":
            return x
        if self.setting["kind"] == "series":
            return x.reshape(n, x.shape[1], -1, p).permute(0, 2, 3, 1).reshape(n, self.patches, -1)
        c, h, w = x.shape[1:]
        cut = x.reshape(n, c, h // p, p, w // p, p).permute(0, 2, 4, 3, 5, 1)
        return cut.reshape(n, self.patches, -1)

    def encode(self, patches, keep):
        x = self.patch_embed(patches) + self.pos_embed[:, 1:]
        x = x.gather(1, keep[..., None].expand(-1, -1, x.shape[-1]))
        x = self.drop(torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1))
        for block in self.encoder:
            x = block(x)
        return self.norm_enc(x)

    def decode(self, z, restore):
        y = self.decoder_embed(z)
        masked = self.mask_token.expand(len(y), self.patches + 1 - y.shape[1], -1)
        tokens = torch.cat([y[:, 1:], masked], 1)
        tokens = tokens.gather(1, restore[..., None].expand(-1, -1, y.shape[-1]))
        y = torch.cat([y[:, :1], tokens], 1) + self.decoder_pos_embed
        for block in self.decoder:
            y = block(y)
        y = self.decoder_head(self.norm_dec(y))[:, 1:]
        return y @ self.patch_embed.proj.weight.T if self.setting["kind"] == "tokens" else y

    def token_losses(self, prediction, patches):
        """Loss of every patch: (N, L)."""
        if self.setting["kind"] == "tokens":
            return F.cross_entropy(prediction.transpose(1, 2), patches, reduction="none")
        return ((prediction - patches) ** 2).mean(-1)


def masking(noise, kept):
    """Kept ids (N, K), inverse permutation (N, L) and mask (N, L; 1 where masked) of a draw."""
    shuffle = noise.argsort(1)
    keep = shuffle[:, :kept]
    return keep, shuffle.argsort(1), torch.ones_like(noise).scatter(1, keep, 0)


def support_of(kind, mask, noise, ratio):
    """Visible patches, and of the masked ones beside them a random share."""
    visible = 1 - mask
    if kind == "image":
        side = math.isqrt(mask.shape[1])
        grid = F.pad(visible.reshape(-1, side, side), (1, 1, 1, 1))
        beside = (grid[:, 1:-1, :-2], grid[:, 1:-1, 2:], grid[:, :-2, 1:-1], grid[:, 2:, 1:-1])
        near = torch.stack(beside).amax(0).flatten(1)
    else:
        line = F.pad(visible, (1, 1))
        near = torch.maximum(line[:, :-2], line[:, 2:])
    return visible + mask * near * (noise < ratio)


def contrast(model, z, z_star, temperature):
    """Cross-entropy of every view finding its partner among 2N - 1 others."""
    n = len(z)
    views = [F.normalize(model.projector(v[:, 1:].mean(1)), dim=1) for v in (z, z_star)]
    rows = torch.cat(views)
    logits = (rows @ rows.T / temperature).fill_diagonal_(float("-inf"))
    return F.cross_entropy(logits, torch.arange(2 * n).roll(n))


def objective(model, batch, mask_noise, support_noise):
    """The published training loss of a batch, from its two uniform draws (N, L)."""
    setting = model.setting
    patches = model.patchify(batch)
    keep, restore, mask = masking(mask_noise, int(model.patches * (1 - setting["maskRatio"])))
    z = model.encode(patches, keep)

    def mean_over(latents, chosen):
        loss = model.token_losses(model.decode(latents, restore), patches)
        return (loss * chosen).sum() / chosen.sum()

    if setting["method"] == "mae":
        return mean_over(z, mask)
    support = support_of(setting["kind"], mask, support_noise, setting["supportRatio"])
    inner = len(batch) * mean_over(z, support)
    second = not setting["firstOrder"]
    (gradient,) = torch.autograd.grad(inner, z, create_graph=second, retain_graph=True)
    z_star = z - model.inner_lr * gradient
    return mean_over(z_star, mask) + setting["contrastWeight"] * contrast(
        model, z, z_star, setting["temperature"])
