# Builds the tools with CUDA on Debian 12 and makes an image that runs them on NVIDIA GPUs:
#   docker build -t tagloom .
#   docker run --rm --gpus all -v "$PWD:/work" tagloom tagtrain -c photos.toml -o runs/photos
# Versions are those of Debian 12 and of NVIDIA's repository for it.
# hadolint global ignore=DL3008
ARG CUDA=13-0

FROM debian:12-slim AS nvidia
ADD https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/cuda-keyring_1.1-1_all.deb /tmp/cuda-keyring.deb
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && dpkg -i /tmp/cuda-keyring.deb \
 && rm -rf /tmp/cuda-keyring.deb /var/lib/apt/lists/*

FROM nvidia AS build
ARG CUDA
RUN apt-get update \
 && apt-get install -y --no-install-recommends "cuda-nvcc-$CUDA" "cuda-cudart-dev-$CUDA" "libcublas-dev-$CUDA" libcudnn9-dev-cuda-13 \
      dpkg-dev \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/local/cuda/bin:$PATH
WORKDIR /source
COPY third_party third_party
RUN third_party/install && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset quickstart && cmake --build --preset quickstart && cpack --config build/quickstart/CPackConfig.cmake -B /packages

FROM nvidia
ARG CUDA
COPY --from=build /packages/tagloom_*.deb /tmp/
RUN apt-get update \
 && apt-get install -y --no-install-recommends "libcublas-$CUDA" libcudnn9-cuda-13 /tmp/tagloom_*.deb \
 && rm -rf /tmp/tagloom_*.deb /var/lib/apt/lists/*
WORKDIR /work
CMD ["tagtrain", "--version"]
