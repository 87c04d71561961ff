#!/usr/bin/env python3
"""Write a GGUF of random 16-bit weights in the shape of a known model: speed does not depend on the values.

    pip install gguf numpy
    tests/speed/random_model.py smollm2-135m 135m-f16.gguf
    target/release/sizewright quantize --model 135m-f16.gguf --format q4_k_m --to 135m-Q4_K_M.gguf

Both programs of `against_llama_cpp.py` read the file; either one's quantizer makes the smaller formats of it. The
vocabulary is as long as the real one's and means nothing.
"""
import argparse
from typing import NamedTuple

import gguf
import numpy


class Shape(NamedTuple):
    """As the models' own config.json files have it."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    inner: int
    vocabulary: int
    rope_base: float
    context: int


SHAPES = {
    "smollm2-135m": Shape(576, 30, 9, 3, 1536, 49152, 1e5, 8192),
    "smollm2-360m": Shape(960, 32, 15, 5, 2560, 49152, 1e5, 8192),
    "llama-3.2-1b": Shape(2048, 16, 32, 8, 8192, 128256, 5e5, 131072),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("file")
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    random = numpy.random.default_rng(20261129)
    head = shape.width // shape.heads
    writer = gguf.GGUFWriter(options.file, "llama")
    writer.add_name(f"Random {options.shape}")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(shape.vocabulary)
    add_vocabulary(writer, shape.vocabulary)

    def matrix(name, rows, columns):
        values = random.standard_normal((rows, columns), dtype=numpy.float32)
        writer.add_tensor(f"{name}.weight", (0.02 * values).astype(numpy.float16))

    def norm(name):
        writer.add_tensor(f"{name}.weight", numpy.ones(shape.width, dtype=numpy.float32))

    # No head of its own: these models share it with the embedding.
    matrix("token_embd", shape.vocabulary, shape.width)
    norm("output_norm")
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        norm(block + "attn_norm")
        norm(block + "ffn_norm")
        matrix(block + "attn_q", shape.heads * head, shape.width)
        matrix(block + "attn_k", shape.kv_heads * head, shape.width)
        matrix(block + "attn_v", shape.kv_heads * head, shape.width)
        matrix(block + "attn_output", shape.width, shape.heads * head)
        matrix(block + "ffn_gate", shape.inner, shape.width)
        matrix(block + "ffn_up", shape.inner, shape.width)
        matrix(block + "ffn_down", shape.width, shape.inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_vocabulary(writer, length):
    """Three control tokens, all bytes, and words without meaning."""
    kind = gguf.TokenType
    tokens = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
    tokens += [(f"<0x{value:02X}>", kind.BYTE) for value in range(256)]
    tokens += [(f"\u2581w{number}", kind.NORMAL) for number in range(length - len(tokens))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text.encode() for text, _ in tokens])
    writer.add_token_scores([-float(place) for place in range(length)])
    writer.add_token_types([int(one) for _, one in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


if __name__ == "__main__":
    main()
