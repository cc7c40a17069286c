"""Trains a class of a checkout of the MetaMAE repository for some steps on given draws.

    published_step.py REQUEST    losses of every step; the gradients go into files
    published_step.py --version  versions of the packages that the published code needs

REQUEST is a JSON document; every answer is one JSON document on the last line. The folder of the
request holds `start.safetensors` with the weights and `step-T.safetensors` with the batch, the
draws and the masks of dropout of step T, counted from 1; `gradients-T.safetensors` goes beside it.

Nothing of the published code is changed or copied. What it draws while it trains (torch.rand, the
masks of nn.Dropout) is taken from the files instead, in the order in which it asks.
"""

import contextlib
import importlib.util
import json
import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tasks/bench"))
sys.dont_write_bytecode = True  # The checkout stays as it is.

CODES = {"torch.float32": "F32", "torch.float64": "F64"}


def load_classes(checkout):
    """The module `models.py` of a checkout; its other files are not needed."""
    import numpy

    if not hasattr(numpy, "float"):
        numpy.float = float  # An alias that the published code uses and that NumPy 1.24 dropped.
    path = os.path.join(checkout, "models.py")
    spec = importlib.util.spec_from_file_location("published_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(module, request):
    """A model of the published class, in training mode."""
    config = {**request["config"], "n_modality": 1}
    first, *rest = config["input_shape"]
    config["input_shape"] = (tuple(first) if isinstance(first, list) else first, *rest)
    config["patch_size"] = tuple(config["patch_size"])
    return getattr(module, request["class"])(**config).train()


def start_from(model, state):
    """Loads the weights; gives how far what is fixed (position tables, step size) was from ours."""
    own = model.state_dict()
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    if own.keys() != state.keys():
        raise SystemExit(f"Error: other entries than ours: {sorted(own.keys() ^ state.keys())}")
    fixed = [(own[name].double() - state[name].reshape(own[name].shape).double()).abs().max().item()
             for name in own.keys() - trained]
    model.load_state_dict({name: state[name].reshape(own[name].shape) for name in own}, strict=True)
    return max(fixed, default=0.0)


@contextlib.contextmanager
def draws_from(torch, uniforms, keeps):
    """While it is open, the next uniform draws and masks of dropout are the given ones."""
    uniforms, keeps = iter(uniforms), iter(keeps)
    rand, forward = torch.rand, torch.nn.Dropout.forward

    def taken(queue, shape, what):
        values = next(queue, None)
        if values is None or tuple(values.shape) != tuple(shape):
            found = "none" if values is None else list(values.shape)
            raise SystemExit(f"Error: {what} {list(shape)} is asked for, ours is {found}")
        return values

    def given_rand(*size, **_):
        shape = size if isinstance(size[0], int) else size[0]
        return taken(uniforms, shape, "a uniform draw").clone()

    def given_dropout(module, x):
        if module.p == 0 or not module.training:
            return x
        return x * (taken(keeps, x.shape, "a mask of dropout").to(x.dtype) / (1 - module.p))

    torch.rand, torch.nn.Dropout.forward = given_rand, given_dropout
    try:
        yield
        for queue, what in ((uniforms, "uniform draws"), (keeps, "masks of dropout")):
            if next(queue, None) is not None:
                raise SystemExit(f"Error: ours has more {what} than are asked for")
    finally:
        torch.rand, torch.nn.Dropout.forward = rand, forward


def write_safetensors(path, tensors):
    header, parts, end = {}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().contiguous().numpy().tobytes()
        place = {"dtype": CODES[str(tensor.dtype)], "shape": list(tensor.shape)}
        header[name] = {**place, "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


def train(request):
    import torch
    from pytorch_parity import read_safetensors

    torch.set_num_threads(1)  # Sums then have one order on every machine.
    inside = lambda name: os.path.join(request["folder"], f"{name}.safetensors")
    dtype = getattr(torch, request["precision"])
    model = build(load_classes(request["checkout"]), request)
    fixed = start_from(model, read_safetensors(inside("start")))
    model = model.to(dtype)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, **request["optimizer"])
    losses = []
    for t in range(1, request["steps"] + 1):
        given = read_safetensors(inside(f"step-{t}"))
        x = given["input"]
        x = x.to(dtype) if x.is_floating_point() else x.long()
        ordered = lambda group: [given[name] for name in sorted(given) if name.startswith(group)]
        with draws_from(torch, ordered("uniform/"), ordered("keep/")):
            loss = model((x, None))["loss"]
        optimizer.zero_grad()
        loss.backward()
        write_safetensors(inside(f"gradients-{t}"), {
            name: parameter.grad for name, parameter in model.named_parameters()
            if parameter.grad is not None
        })
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "fixed": fixed}


def versions():
    import numpy
    import timm
    import torch
    from timm.models.vision_transformer import Block  # noqa: F401: what the published code imports

    return {"torch": torch.__version__, "timm": timm.__version__, "numpy": numpy.__version__}


if __name__ == "__main__":
    answer = versions() if sys.argv[1] == "--version" else train(json.loads(sys.argv[1]))
    print(json.dumps(answer))
