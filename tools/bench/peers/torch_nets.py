"""The engine's networks in PyTorch, for timing both on the same work: backbones with torchvision's layers, and the heads."""
import torch
import torch.nn.functional as F
from torch import nn

BOTTLENECKS = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")


class Bottleneck(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or channels != 4 * width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        return F.relu(self.bn3(self.conv3(x)) + shortcut, inplace=True)


class Resnet(nn.Module):
    def __init__(self, name, classes=None):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        blocks, channels = [], 64
        for stage, count in enumerate(BOTTLENECKS[name]):
            for i in range(count):
                blocks.append(Bottleneck(channels, 64 << stage, 2 if stage > 0 and i == 0 else 1))
                channels = 256 << stage
        self.blocks = nn.Sequential(*blocks)
        self.features = channels
        self.fc = nn.Linear(channels, classes) if classes else None

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        x = self.blocks(x).mean((2, 3))
        return self.fc(x) if self.fc else x


class Vgg16(nn.Module):
    def __init__(self, classes=None):
        super().__init__()
        layers, channels = [], 3
        for width in VGG16:
            layers += [nn.MaxPool2d(2)] if width == "M" else [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = channels if width == "M" else width
        self.maps = nn.Sequential(*layers)
        self.fc6, self.fc7 = nn.Linear(7 * 7 * 512, 4096), nn.Linear(4096, 4096)
        self.features = 4096
        self.fc8 = nn.Linear(4096, classes) if classes else None

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.maps(x), 7).flatten(1)
        x = F.relu(self.fc7(F.relu(self.fc6(x))))
        return self.fc8(x) if self.fc8 else x


class SmallCnn(nn.Module):
    def __init__(self, classes=None):
        super().__init__()
        widths = (3, 32, 48, 96, 128)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, 2 if a == 3 else 1, 1, bias=False) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in widths[1:])
        self.features = widths[-1]
        self.fc = nn.Linear(self.features, classes) if classes else None

    def forward(self, x):
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = F.relu(norm(conv(x)), inplace=True)
            if i in (1, 2):
                x = F.max_pool2d(x, 2)
        x = x.mean((2, 3))
        return self.fc(x) if self.fc else x


def backbone(name, classes=None):
    if name in BOTTLENECKS:
        return Resnet(name, classes)
    return Vgg16(classes) if name == "vgg16" else SmallCnn(classes)


def masked_bce(logits, labels, emitted):
    """The multi-order loss: the winner of the previous step counts as a negative. logits [T,N,V], emitted int64 [T,N]."""
    target = labels.expand(logits.shape[0], -1, -1).clone()
    target[1:].scatter_(2, emitted[:-1].unsqueeze(2), 0.0)
    return F.binary_cross_entropy_with_logits(logits, target, reduction="sum")


class MultiOrder(nn.Module):
    def __init__(self, features, tags, hidden=512, embedding=256, steps=5):
        super().__init__()
        self.tags, self.steps = tags, steps
        self.classifier_norm = nn.BatchNorm1d(features)
        self.classifier = nn.Linear(features, tags)
        self.start_norm = nn.BatchNorm1d(tags)
        self.start_h, self.start_c = nn.Linear(tags, hidden), nn.Linear(tags, hidden)
        self.embedding = nn.Embedding(tags + 1, embedding)
        self.lstm = nn.LSTMCell(embedding, hidden)
        self.output = nn.Linear(hidden, tags)

    def roll_out(self, features):
        classes = self.classifier(self.classifier_norm(features))
        x = self.start_norm(torch.sigmoid(classes.detach()))
        h, c = torch.tanh(self.start_h(x)), torch.tanh(self.start_c(x))
        previous = torch.full((features.shape[0],), self.tags, dtype=torch.int64, device=features.device)
        logits, emitted = [], []
        for _ in range(self.steps):
            h, c = self.lstm(self.embedding(previous), (h, c))
            logits.append(self.output(h))
            previous = logits[-1].detach().argmax(1)
            emitted.append(previous)
        return torch.stack(logits), torch.stack(emitted), classes

    def loss(self, features, batch):
        logits, emitted, classes = self.roll_out(features)
        loss = masked_bce(logits.float(), batch["labels"], emitted)
        loss = loss + F.binary_cross_entropy_with_logits(classes.float(), batch["labels"], reduction="sum")
        return loss / features.shape[0]

    def forward(self, features):
        return torch.sigmoid(self.roll_out(features)[0].amax(0))


class Rank(nn.Module):
    def __init__(self, features, tags, hidden=300, embedding=100, decode_steps=10):
        super().__init__()
        self.decode_steps = decode_steps
        self.image_embedding = nn.Linear(features, embedding)
        self.lstm = nn.LSTM(embedding, hidden)
        self.output = nn.Linear(hidden, tags)

    def logits(self, features, steps):
        v = self.image_embedding(features)
        return self.output(self.lstm(v.expand(steps, -1, -1).contiguous())[0])

    def loss(self, features, batch):
        target = batch["order"].t()  # [T,N]
        logits = self.logits(features, target.shape[0])
        return F.cross_entropy(logits.flatten(0, 1).float(), target.flatten())

    def forward(self, features):
        return torch.softmax(self.logits(features, self.decode_steps).float(), 2)


class Tagger(nn.Module):
    """From pictures to the loss or the scores. With `keeps_norm`, the backbone's batch norm uses its running statistics in training."""

    def __init__(self, cnn, head, keeps_norm):
        super().__init__()
        self.cnn, self.head, self.keeps_norm = cnn, head, keeps_norm

    def train(self, mode=True):
        super().train(mode)
        if self.keeps_norm:
            self.cnn.eval()
        return self

    def loss(self, pictures, batch):
        return self.head.loss(self.cnn(pictures), batch)

    def forward(self, pictures):
        return self.head(self.cnn(pictures))
