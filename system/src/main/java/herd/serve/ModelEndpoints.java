package herd.serve;

import herd.serve.http.Call;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.Fields;
import java.io.IOException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models`, and loading and unloading at run time: `POST /admin/models` and
/// `DELETE /admin/models/NAME`.
final class ModelEndpoints {
  static final String ONE = "/v1/models/";
  static final String ADMIN = "/admin/models/";

  private final Models models;

  ModelEndpoints(Models models) {
    this.models = models;
  }

  void list(Call call) throws IOException {
    var out = JsonNodeFactory.instance.objectNode().put("object", "list");
    var data = out.putArray("data");
    for (var model : models.all()) {
      data.add(node(model));
    }
    call.reply(200, out.toString());
  }

  void one(Call call) throws IOException {
    call.reply(200, node(models.get(call.path().substring(ONE.length()))).toString());
  }

  void load(Call call) throws IOException {
    var fields = Fields.parse(call.body());
    var name = fields.text("model");
    fields.end();
    call.reply(200, node(models.load(name)).toString());
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

  private static ObjectNode node(ServedModel model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.id())
        .put("object", "model")
        .put("created", model.created())
        .put("owned_by", "herd")
        .put("max_model_len", model.context());
  }
}
