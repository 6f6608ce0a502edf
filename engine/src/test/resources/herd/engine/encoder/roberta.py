"""Makes the tiny random RoBERTa classifier and what transformers computes with it, for EncoderTest.

usage: pip install torch transformers safetensors tokenizers; python roberta.py
"""
import json
import os
import shutil

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaForSequenceClassification

TEXTS = [
    "The proof is short and clear.",
    "Buy now! Cheap offers, best prices.",
    "A",
    "Grüße aus Köln: 語 and a longer text that goes on for a while, so that lengths differ.",
]
LABELS = [0, 2, 1, 1]


def main():
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float32)
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        TEXTS * 3, vocab_size=300, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    )
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=80,
        type_vocab_size=1,
        num_labels=3,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.3,
    )
    model = RobertaForSequenceClassification(config).train()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained("model")
    tokenizer.save("model/tokenizer.json")
    rows = [[0] + tokenizer.encode(text).ids + [2] for text in TEXTS]
    width = max(map(len, rows))
    ids = torch.tensor([row + [1] * (width - len(row)) for row in rows])
    logits = model(ids, attention_mask=(ids != 1).long()).logits
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
    loss.backward()
    gradients = {
        name: {
            "norm": parameter.grad.double().norm().item(),
            "some": [round(x, 9) for x in parameter.grad.flatten()[:: max(1, parameter.grad.numel() // 7)].tolist()],
        }
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    json.dump(
        {
            "texts": TEXTS,
            "ids": rows,
            "labels": LABELS,
            "logits": logits.tolist(),
            "loss": loss.item(),
            "gradients": gradients,
        },
        open("expected.json", "w"),
        indent=0,
    )
    for name in os.listdir("model"):
        shutil.move(f"model/{name}", name)
    os.rmdir("model")


main()
