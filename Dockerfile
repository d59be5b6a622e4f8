# docker build -t steepness .
# mkdir -p results
# docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/results:/study/results" steepness run word_lm --preset smoke
FROM python:3.11-slim
WORKDIR /study
# Whoever runs it may write what it fetches and trains.
RUN mkdir -m 1777 results /cache
COPY pyproject.toml README.md LICENSE ./
COPY steepness steepness
COPY domains domains
COPY baselines baselines
# torch's usual wheel for x86-64 brings 4 GB of CUDA libraries. Its makers keep wheels for the CPU alone, where there is one for
# the machine: --build-arg TORCH_INDEX=<address of their index for the CPU> takes those.
ARG TORCH_INDEX=
RUN if [ -n "$TORCH_INDEX" ]; then \
      pip install --no-cache-dir --index-url "$TORCH_INDEX" "torch>=2.9,<2.12" "torchvision>=0.24,<0.27" "torchaudio>=2.9,<2.12"; \
    fi \
 && pip install --no-cache-dir '.[train]'
# torch asks what its user is called, who need not have a name here.
ENV USER=nobody OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 STEEPNESS_CACHE=/cache MPLCONFIGDIR=/cache/matplotlib
VOLUME ["/cache"]
USER nobody
ENTRYPOINT ["steepness"]
CMD ["--help"]
