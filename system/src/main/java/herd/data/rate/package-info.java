/// The paper's loop from a written rubric to scores of all documents: a chat model labels some of
/// them, a small classifier learns its labels, and is held against labels that it has not seen
/// (Llama 3 paper, section 3.1.1, "model-based quality filtering"). Knows documents as rows of
/// texts, and models as something that answers.
package herd.data.rate;
