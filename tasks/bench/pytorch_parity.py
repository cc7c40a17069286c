"""Holds the PyTorch step to recorded runs of the published implementation: losses and gradients."""

import json
import os
import struct

import torch

from pytorch_model import MaskedAutoencoder, masking, objective, support_of

DTYPES = {
    "F32": torch.float32,
    "F64": torch.float64,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "U8": torch.uint8,
}

# Largest relative errors of losses, of one gradient, and of all gradients together (L2).
TOLERANCES = {
    torch.float32: (5e-6, 5e-4, 1e-5),
    torch.float64: (1e-9, 1e-6, 1e-7),
}


def read_safetensors(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        count = (end - begin) // dtype.itemsize
        if count == 0:
            continue
        flat = torch.frombuffer(data, dtype=dtype, count=count, offset=begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def setting_of(config, method):
    first, *rest = config["input_shape"]
    patch = config["patch_size"][0]
    common = {
        "method": method,
        "maskRatio": config["mask_ratio"],
        "innerLr": config.get("inner_lr", 0.5),
        "contrastWeight": config.get("reg_weight", 0),
        "supportRatio": config.get("s_ratio", 0),
        "temperature": 0.5,
    }
    if isinstance(first, list):
        return {**common, "kind": "tokens", "vocabulary": first[0], "length": rest[0]}
    if len(rest) == 2:
        shape = {"height": rest[0], "width": rest[1]}
        return {**common, "kind": "image", "channels": first, "patch": patch, **shape}
    return {**common, "kind": "series", "channels": first, "patch": patch, "length": rest[0]}


def relative(actual, expected):
    size = expected.abs().max().item()
    error = (actual.double() - expected.double()).abs().max().item()
    return error / size if size > 0 else error


def run_case(folder, name, dtype, adamw):
    """Largest errors of a case, each with its tolerance."""
    with open(os.path.join(folder, f"{name}.json")) as file:
        case = json.load(file)
    tensors = read_safetensors(os.path.join(folder, f"{name}.safetensors"))
    config = case["config"]
    setting = setting_of(config, case["method"])
    sizes = [[config[f"{part}_{side}"] for part in ("embed_dim", "num_layer", "num_head")]
             for side in ("enc", "dec")]
    batch, noises = tensors["input/x"], [tensors["rand/mask_noise"]]
    batch = batch.long() if setting["kind"] == "tokens" else batch.to(dtype)
    if case["method"] == "metamae":
        noises.append(tensors["rand/support_noise"])
        keep, _, mask = masking(noises[0], tensors["mask/ids_keep"].shape[1])
        support = support_of(setting["kind"], mask, noises[1], setting["supportRatio"])
        if not torch.equal(support.double(), tensors["mask/support"].double()):
            raise SystemExit(f"Error: {name}: another support than the recorded one")
    else:
        noises.append(noises[0])
    noises = [noise.to(dtype) for noise in noises]
    loss_bound, one_bound, all_bound = TOLERANCES[dtype]
    checks = []

    def build(order):
        model = MaskedAutoencoder({**setting, "firstOrder": order == "first"}, sizes,
                                  config["dropout"]).to(dtype).train()
        state = {key[6:]: value for key, value in tensors.items() if key.startswith("state/")}
        model.load_state_dict({**model.state_dict(), **state}, strict=True)
        return model

    for order in ("second", "first") if case["method"] == "metamae" else ("mae",):
        prefix = "grad/" if order == "mae" else f"grad/{order}/"
        model = build(order)
        loss = objective(model, batch, *noises)
        loss.backward()
        checks.append((relative(loss.detach(), tensors["loss/total"]), loss_bound))
        difference = size = 0.0
        for key, parameter in model.named_parameters():
            recorded = tensors[prefix + key]
            actual = parameter.grad.double().reshape(recorded.shape)
            checks.append((relative(actual, recorded), one_bound))
            difference += (actual - recorded).square().sum().item()
            size += recorded.square().sum().item()
        checks.append(((difference / size) ** 0.5, all_bound))

    recorded = case["scalars"].get("steps/loss_second")
    if recorded is not None:
        model, options = build("second"), case["optimizer"]
        optimizer = torch.optim.AdamW(model.parameters(), lr=options["lr"],
                                      weight_decay=options["weight_decay"], **adamw)
        for expected in recorded[:3]:
            loss = objective(model, batch, *noises)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            checks.append((abs(loss.item() / expected - 1), loss_bound))
    return checks


def run_cases(folder, kinds=("metamae_",)):
    """Every case of a folder, in float64 and in float32 and with both optimizers."""
    names = sorted(name[:-5] for name in os.listdir(folder)
                   if name.startswith(tuple(kinds)) and name.endswith(".json"))
    results = []
    for name in names:
        for dtype, adamw in ((torch.float64, {"foreach": True}), (torch.float32, {"fused": True})):
            checks = run_case(folder, name, dtype, adamw)
            error, tolerance = max(checks, key=lambda check: check[0] / check[1])
            results.append({
                "case": name,
                "dtype": str(dtype).removeprefix("torch."),
                "error": error,
                "tolerance": tolerance,
                "checked": len(checks),
                "pass": all(e <= t for e, t in checks),
            })
    return results
