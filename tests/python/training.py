"""A process of the tests of training: draws and trains, and writes the indices of the batches that it received.

    training.py MODE FOLDER RANK WORLD_SIZE PORT
"""

import json
import os
import sys
import time

import numpy as np
import torch

from plotmill.dataset import Dataset
from plotmill.torch import Loader

COUNT, BATCH, EPOCHS = 203, 8, 2


def make_loader(**further):
    values = np.random.default_rng(1).normal(size=COUNT + 49).cumsum()
    dataset = Dataset(values, window=50, size=(32, 32), label="direction:1")
    return Loader(dataset, BATCH, shuffle=True, seed=21, device="cpu", labels=False, columns=["index"], **further)


def write(path, value):
    """Whole or not at all: the process may be killed meanwhile."""
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def distributed(folder, rank, world_size, port, remainder):
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world_size
    )
    torch.manual_seed(0)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(32 * 32, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    loader = make_loader(remainder=remainder)
    seen = []
    for epoch in range(EPOCHS):
        loader.set_epoch(epoch)
        seen.append([])
        for images, columns in loader:
            optimizer.zero_grad()
            model(images.flatten(1)).square().mean().backward()  # waits for the other process
            optimizer.step()
            seen[-1].append(columns["index"].tolist())
    weights = next(model.parameters()).detach().flatten().tolist()
    write(f"{folder}/{rank}.json", {"seen": seen, "rank": loader.rank, "weights": weights, "length": len(loader)})
    torch.distributed.destroy_process_group()
    os._exit(0)  # gloo's threads abort some processes that end otherwise (PyTorch 2.15, also without plotmill)


def resumable(folder, prefetch):
    """Goes on from the state in the folder, if there is one, and keeps it up to date after each batch."""
    path, loader = f"{folder}/state.json", make_loader(prefetch=prefetch)
    received = []
    if os.path.exists(path):
        with open(path) as file:
            saved = json.load(file)
        loader.load_state_dict(saved["loader"])
        received = saved["received"]
    for epoch in range(loader.epoch, EPOCHS):
        loader.set_epoch(epoch)
        for images, columns in loader:
            received.append([columns["index"].tolist(), int(images.double().mul(255).sum())])
            write(path, {"loader": loader.state_dict(), "received": received})
            time.sleep(float(os.environ.get("STEP_SECONDS", "0")))
    write(f"{folder}/done.json", received)


if __name__ == "__main__":
    if sys.argv[1] == "resumable":
        resumable(sys.argv[2], int(sys.argv[3]))
    else:
        distributed(sys.argv[2], *map(int, sys.argv[3:6]), sys.argv[1])
