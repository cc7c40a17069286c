"""One pretraining step of MAE or MetaMAE in plain eager PyTorch, for comparison on the same machine.

Prints one JSON document: seconds of every timed step, seconds of the first, peak memory in bytes.
Arguments: one JSON document {"method", "firstOrder", "preset", "batchSize", "steps", "warmup"}.
"""

import ctypes
import json
import math
import resource
import sys
import time

# Freed buffers stay with the process; given back after every step they would be faulted in again.
libc = ctypes.CDLL(None)
for option, value in ((-3, 1 << 30), (-1, (1 << 31) - 1)):
    libc.mallopt(option, value)

import torch
import torch.nn.functional as F
from torch import nn

SIZES = {
    "paper": ((256, 12, 8), (128, 4, 4)),
    "small": ((128, 4, 4), (64, 2, 2)),
    "tiny": ((64, 2, 2), (32, 1, 1)),
}
PATCHES, WIDTH, PATCH, CHANNELS, RATIO = 64, 260, 5, 52, 0.85


class Block(nn.Module):
    def __init__(self, width, heads, rate):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(rate)

    def forward(self, x):
        n, t, c = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(c // self.heads)).softmax(-1)
        x = x + self.drop(self.proj((weights @ v).transpose(1, 2).reshape(n, t, c)))
        return x + self.drop(self.fc2(self.drop(F.gelu(self.fc1(self.norm2(x))))))


class Model(nn.Module):
    def __init__(self, preset):
        super().__init__()
        (width, layers, heads), (narrow, depth, few) = SIZES[preset]
        self.embed = nn.Linear(WIDTH, width)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.mask_token = nn.Parameter(torch.randn(1, 1, narrow) * 0.02)
        self.register_buffer("pos", torch.randn(1, PATCHES, width))
        self.register_buffer("pos_dec", torch.randn(1, PATCHES + 1, narrow))
        self.drop = nn.Dropout(0.1)
        self.encoder = nn.ModuleList(Block(width, heads, 0.1) for _ in range(layers))
        self.norm_enc, self.narrow = nn.LayerNorm(width), nn.Linear(width, narrow)
        self.decoder = nn.ModuleList(Block(narrow, few, 0.0) for _ in range(depth))
        self.norm_dec, self.head = nn.LayerNorm(narrow), nn.Linear(narrow, WIDTH)
        self.projector = nn.Sequential(
            nn.Linear(width, 4 * width, bias=False),
            nn.BatchNorm1d(4 * width),
            nn.ReLU(),
            nn.Linear(4 * width, 128, bias=False),
        )

    def encode(self, patches, keep):
        x = self.embed(patches) + self.pos
        x = x.gather(1, keep[..., None].expand(-1, -1, x.shape[-1]))
        x = self.drop(torch.cat([self.cls.expand(len(x), -1, -1), x], 1))
        for block in self.encoder:
            x = block(x)
        return self.norm_enc(x)

    def decode(self, z, restore):
        y = self.narrow(z)
        masked = self.mask_token.expand(len(y), PATCHES + 1 - y.shape[1], -1)
        tokens = torch.cat([y[:, 1:], masked], 1)
        tokens = tokens.gather(1, restore[..., None].expand(-1, -1, y.shape[-1]))
        y = torch.cat([y[:, :1], tokens], 1) + self.pos_dec
        for block in self.decoder:
            y = block(y)
        return self.head(self.norm_dec(y))[:, 1:]


def total_loss(model, batch, method, first_order):
    n = len(batch)
    patches = batch.reshape(n, CHANNELS, PATCHES, PATCH).permute(0, 2, 3, 1).reshape(n, PATCHES, -1)
    kept = int(PATCHES * (1 - RATIO))
    shuffle = torch.rand(n, PATCHES).argsort(1)
    restore, keep = shuffle.argsort(1), shuffle[:, :kept]
    mask = torch.ones(n, PATCHES).scatter(1, keep, 0)
    z = model.encode(patches, keep)

    def mean_over(latents, chosen):
        loss = ((model.decode(latents, restore) - patches) ** 2).mean(-1)
        return (loss * chosen).sum() / chosen.sum()

    if method == "mae":
        return mean_over(z, mask)
    visible = F.pad(1 - mask, (1, 1))
    near = torch.maximum(visible[:, :-2], visible[:, 2:])
    support = (1 - mask) + mask * near * (torch.rand(n, PATCHES) < 0.1)
    inner = n * mean_over(z, support)
    (gradient,) = torch.autograd.grad(inner, z, create_graph=not first_order, retain_graph=True)
    z_star = z - 0.5 * gradient
    views = [F.normalize(model.projector(v[:, 1:].mean(1)), dim=1) for v in (z, z_star)]
    rows = torch.cat(views)
    logits = (rows @ rows.T / 0.5).fill_diagonal_(float("-inf"))
    partner = torch.arange(2 * n).roll(n)
    return mean_over(z_star, mask) + F.cross_entropy(logits, partner)


def main():
    options = json.loads(sys.argv[1])
    torch.manual_seed(0)
    model = Model(options["preset"]).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4)
    batch = torch.randn(options["batchSize"], CHANNELS, PATCHES * PATCH)
    seconds = []
    for _ in range(options["warmup"] + options["steps"]):
        start = time.perf_counter()
        loss = total_loss(model, batch, options["method"], options["firstOrder"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({
        "seconds": seconds[options["warmup"]:],
        "firstStep": seconds[0],
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "loss": loss.item(),
        "version": torch.__version__,
    }))


main()
