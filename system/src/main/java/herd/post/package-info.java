/// What a model is taught after pre-training, made from the sources themselves: dialogues for
/// supervised fine-tuning and preference pairs (Llama 3 paper, section 4). Knows nothing of
/// evaluation; a model's own samples come in as texts.
package herd.post;
