// llama.cpp by its C interface, for bench/divergence.sh.
// usage: llama_peer logits MODEL IDS CONTEXT OUT THREADS
//   IDS: token ids, four bytes each. Writes what the model says of the second halves of chunks, as llama-perplexity
//   --kl-divergence-base does, but for the begin-of-text token, which is not put in place of a chunk's first.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-backend.h"
#include "ggml.h"
#include "llama.h"

static void *whole(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  void *bytes = malloc(*size + 1);
  if (fread(bytes, 1, *size, file) != *size) exit(2);
  fclose(file);
  return bytes;
}

static void write_row(FILE *out, const float *logits, int vocab) {
  float most = logits[0], least = logits[0];
  double sum = 0;
  for (int i = 1; i < vocab; i++) {
    most = fmaxf(most, logits[i]);
    least = fminf(least, logits[i]);
  }
  least = fmaxf(least, most - 16);
  for (int i = 0; i < vocab; i++) sum += exp(logits[i] - most);
  float head[2] = {(most - least) / 65535.f, (float)(least - most - log(sum))};
  static uint16_t *steps;
  int count = (vocab + 1) / 2 * 2;
  if (!steps) steps = calloc(count, 2);
  for (int i = 0; i < vocab; i++) steps[i] = logits[i] > least ? lrintf((logits[i] - least) / head[0]) : 0;
  fwrite(head, 4, 2, out);
  fwrite(steps, 2, count, out);
}

static void quiet(enum ggml_log_level level, const char *text, void *data) {
  if (level == GGML_LOG_LEVEL_ERROR) fputs(text, stderr);
}

static int logits(const char *path, const char *ids_path, int context, const char *out_path, int threads) {
  size_t size;
  int32_t *ids = whole(ids_path, &size);
  int chunks = size / 4 / context;
  struct llama_model_params model_params = llama_model_default_params();
  struct llama_model *model = llama_model_load_from_file(path, model_params);
  if (!model) return 1;
  struct llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = context;
  params.n_threads = params.n_threads_batch = threads;
  struct llama_context *ctx = llama_init_from_model(model, params);
  if (!ctx) return 1;
  int vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
  FILE *out = fopen(out_path, "wb");
  if (!out) {
    perror(out_path);
    return 2;
  }
  fwrite("_logits_", 1, 8, out);
  int32_t header[3] = {context, vocab, chunks};
  fwrite(header, 4, 3, out);
  fwrite(ids, 4, (size_t)chunks * context, out);
  struct llama_batch batch = llama_batch_init(context, 0, 1);
  for (int chunk = 0; chunk < chunks; chunk++) {
    llama_memory_clear(llama_get_memory(ctx), true);
    batch.n_tokens = context;
    for (int i = 0; i < context; i++) {
      batch.token[i] = ids[chunk * context + i];
      batch.pos[i] = i;
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = i >= context / 2;
    }
    if (llama_decode(ctx, batch)) return 1;
    for (int i = context / 2; i < context - 1; i++) write_row(out, llama_get_logits_ith(ctx, i), vocab);
  }
  llama_batch_free(batch);
  llama_free(ctx);
  llama_model_free(model);
  return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv) {
  llama_log_set(quiet, NULL);
  if (argc == 7 && !strcmp(argv[1], "logits")) {
    ggml_backend_load_all_from_path(LIBRARIES);
    llama_backend_init();
    return logits(argv[2], argv[3], atoi(argv[4]), argv[5], atoi(argv[6]));
  }
  fprintf(stderr, "usage: llama_peer logits MODEL IDS CONTEXT OUT THREADS\n");
  return 2;
}
