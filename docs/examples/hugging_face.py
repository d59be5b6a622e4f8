"""Hugging Face's GPT-2, from scratch: steepness check-model char_lm docs/examples/hugging_face.py:GPT2"""

from transformers import GPT2Config, GPT2LMHeadModel

from steepness.adapters import CausalLM


class GPT2(CausalLM):
    """Two layers; its width is the size dial, a multiple of its two heads."""

    def __init__(self, vocabulary: int, size: int) -> None:
        config = GPT2Config(vocab_size=vocabulary, n_embd=size, n_layer=2, n_head=2, n_positions=256)
        super().__init__(GPT2LMHeadModel(config))
