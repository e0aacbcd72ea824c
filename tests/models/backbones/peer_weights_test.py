#!/usr/bin/env python3
"""Saves networks of the installed torchvision, timm and transformers, and compares Tagloom's logits with theirs.

    tests/models/backbones/peer_weights_test.py BIN_DIR [CASE ...]

Exits with 77 if one of the three is not installed, with the Python that runs this. BIN_DIR/models_test reads the files; the cases are written
one after the other, because the largest has 600 MB. tagdata converts each file, and the logits are compared again.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import safetensors.torch
    import timm
    import torch
    import torchvision
    import transformers
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def randomised(network):
    """Batch norms whose four vectors differ from each other and from their initial values."""
    generator = torch.Generator().manual_seed(3)
    for name, value in list(network.named_buffers()) + list(network.named_parameters()):
        if value.dim() != 1 or not value.is_floating_point():
            continue
        low, width = (0.75, 0.5) if name.endswith(("running_var", "weight")) else (-0.1, 0.2)
        value.data.copy_(low + width * torch.rand(value.shape, generator=generator))
    return network.eval()


def torchvision_network(name):
    return randomised(getattr(torchvision.models, name)())


def timm_network(name):
    return randomised(timm.create_model(name))


def transformers_network(**settings):
    return randomised(transformers.ResNetForImageClassification(transformers.ResNetConfig(num_labels=1000, **settings)))


def pth(network, folder):
    torch.save(network.state_dict(), folder / "weights.pth")
    return folder / "weights.pth"


def old_pth(network, folder):
    torch.save(network.state_dict(), folder / "weights.pth", _use_new_zipfile_serialization=False)
    return folder / "weights.pth"


def checkpoint(network, folder):
    """As training programs save it, with channels-last filters."""
    state = torch.nn.DataParallel(network.to(memory_format=torch.channels_last)).state_dict()
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    torch.save({"epoch": 3, "state_dict": state, "optimizer": optimizer.state_dict()}, folder / "weights.pth")
    return folder / "weights.pth"


def timm_safetensors(network, folder):
    timm.models.save_for_hf(network, folder, model_config={}, safe_serialization=True)
    return folder / "model.safetensors"


def shards(network, folder):
    network.save_pretrained(folder, max_shard_size="20MB")
    return folder / "model.safetensors.index.json"


BASIC = {"depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512], "layer_type": "basic"}
CASES = {
    "torchvision_resnet18": ("resnet18", lambda: torchvision_network("resnet18"), pth),
    "torchvision_resnet18_old": ("resnet18", lambda: torchvision_network("resnet18"), old_pth),
    "torchvision_resnet18_checkpoint": ("resnet18", lambda: torchvision_network("resnet18"), checkpoint),
    "torchvision_resnet50": ("resnet50", lambda: torchvision_network("resnet50"), pth),
    "torchvision_vgg16": ("vgg16", lambda: torchvision_network("vgg16"), pth),
    "torchvision_wide_resnet50_2": ("wide_resnet50_2", lambda: torchvision_network("wide_resnet50_2"), pth),
    "torchvision_resnext50_32x4d": ("resnext50_32x4d", lambda: torchvision_network("resnext50_32x4d"), pth),
    "timm_resnet50": ("resnet50", lambda: timm_network("resnet50"), timm_safetensors),
    "timm_resnet50d": ("resnet50d", lambda: timm_network("resnet50d"), timm_safetensors),
    "timm_vgg16": ("vgg16", lambda: timm_network("vgg16"), timm_safetensors),
    "timm_vgg11_bn": ("vgg11_bn", lambda: timm_network("vgg11_bn"), pth),
    "transformers_resnet18": ("resnet18", lambda: transformers_network(**BASIC), shards),
    "transformers_resnet50": ("resnet50", transformers_network, shards),
    "transformers_resnet50_original": ("resnet50", lambda: transformers_network(downsample_in_bottleneck=True), shards),
}


def logits_of(network, pictures):
    x = ((pictures.double() / 255 - MEAN) / STD).permute(0, 3, 1, 2)
    with torch.no_grad():
        y = network.double()(x)
    return getattr(y, "logits", y).float()


def run_case(name, programs):
    backbone, make, save = CASES[name]
    with tempfile.TemporaryDirectory(prefix="tagloom-peer-") as scratch:
        folder = pathlib.Path(scratch)
        network = make()
        weights = save(network, folder)
        pictures = torch.randint(0, 256, (2, 224, 224, 3), generator=torch.Generator().manual_seed(9), dtype=torch.uint8)
        expected = folder / "expected.safetensors"
        safetensors.torch.save_file({"pictures": pictures, "logits": logits_of(network, pictures)}, expected)
        del network
        converted = folder / "converted.safetensors"
        report = json.loads(subprocess.run([programs / "tagdata", "weights", weights, "-o", converted, "--json"], check=True,
                                           capture_output=True).stdout)
        assert report["backbone"] == backbone and report["fits"] and report["classes"] == 1000, report
        for file in (weights, converted):
            environment = {**os.environ, "TAGLOOM_PEER_BACKBONE": backbone, "TAGLOOM_PEER_WEIGHTS": str(file),
                           "TAGLOOM_PEER_EXPECTED": str(expected), "OMP_WAIT_POLICY": "passive"}
            result = subprocess.run([programs / "models_test", "--gtest_brief=1", "--gtest_filter=PeerWeights.*"], env=environment,
                                    capture_output=True, text=True, check=False)
            difference = [line for line in result.stdout.splitlines() if line.startswith("largest difference")]
            print(f"{name} {file.suffix if file == weights else 'converted'}: {' '.join(difference) or result.stdout + result.stderr}", flush=True)
            assert result.returncode == 0 and difference, name


if __name__ == "__main__":
    for case in sys.argv[2:] or CASES:
        run_case(case, pathlib.Path(sys.argv[1]).resolve())
