package herd.serve;

import herd.engine.model.Adapter;
import herd.serve.http.Call;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.Fields;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models`, and loading and unloading at run time: `POST /admin/models`,
/// `DELETE /admin/models/NAME`, `POST /v1/load_lora_adapter` and `POST /v1/unload_lora_adapter`.
final class ModelEndpoints {
  static final String ONE = "/v1/models/";
  static final String ADMIN = "/admin/models/";

  private final Models models;
  private final Path adapters; // null where none may be loaded at run time

  ModelEndpoints(Models models, Path adapters) {
    this.models = models;
    this.adapters = adapters;
  }

  void list(Call call) throws IOException {
    var out = JsonNodeFactory.instance.objectNode().put("object", "list");
    var data = out.putArray("data");
    models.cards().forEach(card -> data.add(node(card)));
    call.reply(200, out.toString());
  }

  void one(Call call) throws IOException {
    call.reply(200, node(models.card(call.path().substring(ONE.length()))).toString());
  }

  void load(Call call) throws IOException {
    var fields = Fields.parse(call.body());
    var name = fields.text("model");
    fields.end();
    call.reply(200, node(models.card(models.load(name).id())).toString());
  }

  void unload(Call call) throws IOException {
    var id = call.path().substring(ADMIN.length());
    try {
      models.unload(id);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw ApiError.unavailable("shutting_down", "The server is shutting down.", 1);
    }
    var out = JsonNodeFactory.instance.objectNode();
    call.reply(
        200, out.put("id", id).put("object", "model").put("deleted", true).toString());
  }

  /// Adds an adapter to a model that is served, as vLLM does it.
  void loadAdapter(Call call) throws IOException {
    var fields = Fields.parse(call.body());
    var name = fields.text("lora_name");
    var path = fields.text("lora_path");
    var base = fields.text("base_model_name", null);
    fields.end();
    if (name.isBlank()) {
      throw ApiError.invalid("lora_name", "empty_string", "Invalid 'lora_name': it is empty.");
    }
    var place = allowed(path);
    // Memory that goes when nobody uses the adapter any more.
    models.addAdapter(name, Adapter.load(place, Arena.ofAuto()), base);
    said(call, name, "added");
  }

  void unloadAdapter(Call call) throws IOException {
    var fields = Fields.parse(call.body());
    var name = fields.text("lora_name");
    fields.end();
    open();
    models.removeAdapter(name);
    said(call, name, "removed");
  }

  private static void said(Call call, String name, String what) throws IOException {
    var text = "Success: LoRA adapter '" + name + "' " + what + " successfully.";
    call.reply(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  private void open() {
    if (adapters == null) {
      throw new ApiError(
          403,
          "invalid_request_error",
          "adapters_not_allowed",
          null,
          "Adapters are loaded at run time only where the server was started with a folder of them"
              + " (--adapter-folder DIR).");
    }
  }

  /// A folder inside that of the adapters, links followed.
  private Path allowed(String path) {
    open();
    try {
      var root = adapters.toRealPath();
      var place = root.resolve(path).toRealPath();
      if (place.startsWith(root) && !place.equals(root) && Files.isDirectory(place)) {
        return place;
      }
    } catch (IOException | InvalidPathException _) {
      throw noAdapter(path); // there is none, or it is none of ours to tell
    }
    throw noAdapter(path);
  }

  private static ApiError noAdapter(String path) {
    return ApiError.invalid(
        "lora_path",
        "invalid_value",
        "Invalid 'lora_path': '" + ApiError.shown(path)
            + "' is no folder inside the server's folder of adapters.");
  }

  private static ObjectNode node(Models.Card card) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", card.id())
        .put("object", "model")
        .put("created", card.created())
        .put("owned_by", "herd")
        .put("max_model_len", card.context());
  }
}
