/// File formats: JSON, safetensors and GGUF. Every reader treats its bytes as hostile: a broken
/// file is a UserError that names tensor or key and byte, never another exception.
package herd.engine.io;
