#!/usr/bin/env python3
"""Makes backbones_timm_golden.txt and backbones_timm_train_golden.txt: outputs and gradients of timm's ResNet-D, in the formats of
backbones_golden.py.

Run:  python3 -m venv timm && timm/bin/pip install torch timm        (torch 2.15.0, torchvision 0.29.2, timm 1.0.31, from PyPI)
      PYTHONPATH=tests/golden timm/bin/python tests/golden/pypi/backbones_timm_golden.py     (a minute)
"""
import timm

import backbones_golden


def make(name):
    return backbones_golden.seeded(timm.create_model(name, num_classes=backbones_golden.CLASSES), ".bn3.weight")


if __name__ == "__main__":
    backbones_golden.write_evaluation("backbones_timm_golden.txt", ["resnet50d"], make)
    backbones_golden.write_training("backbones_timm_train_golden.txt", ["resnet50d", "resnet50d_frozen_bn"], make)
