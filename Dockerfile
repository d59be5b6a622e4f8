# docker build -t steepness .
# docker run --rm -v "$PWD/results:/study/results" steepness run word_lm --preset smoke
FROM python:3.11-slim
WORKDIR /study
RUN useradd --create-home reader && mkdir results && chown -R reader /study
COPY --chown=reader pyproject.toml README.md LICENSE ./
COPY --chown=reader steepness steepness
COPY --chown=reader domains domains
COPY --chown=reader baselines baselines
# torch's usual wheel for x86-64 brings 4 GB of CUDA libraries. Its makers keep wheels for the CPU alone, where there is one for
# the machine: --build-arg TORCH_INDEX=<address of their index for the CPU> takes those.
ARG TORCH_INDEX=
RUN if [ -n "$TORCH_INDEX" ]; then \
      pip install --no-cache-dir --index-url "$TORCH_INDEX" "torch>=2.9,<3" "torchvision>=0.24" "torchaudio>=2.9"; \
    fi \
 && pip install --no-cache-dir '.[train]'
USER reader
ENV OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
VOLUME ["/home/reader/.cache/steepness"]
ENTRYPOINT ["steepness"]
CMD ["--help"]
