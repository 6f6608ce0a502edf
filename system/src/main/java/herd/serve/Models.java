package herd.serve;

import herd.engine.infer.EngineSettings;
import herd.serve.protocol.ApiError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The models that are served, loaded and unloaded while the server runs, within a budget of
/// memory.
/// Thread-safe.
public final class Models {
  private static final long PATIENCE_MILLIS = 30_000;

  private final Map<String, ServedModel> byId = new LinkedHashMap<>();
  private final EngineSettings settings;
  private final Loader loader;
  private final long budget;

  /// Finds models by what users call them.
  @FunctionalInterface
  public interface Loader {
    /// @throws herd.engine.UserError if there is no such model
    Found find(String name);
  }

  /// A model that can be loaded.
  /// @param id the name that requests will call it by
  /// @param bytes memory that its weights will take
  /// @param parts loads it
  public record Found(String id, long bytes, Supplier<ServedModel.Parts> parts) {}

  /// @param budget bytes of all models together, their keys and values included; 0 for no limit
  public Models(EngineSettings settings, Loader loader, long budget) {
    this.settings = settings;
    this.loader = loader;
    this.budget = budget;
  }

  /// Loads a model and serves it from now on.
  /// @throws ApiError if one of that name is served or the budget does not allow it
  public synchronized ServedModel load(String name) {
    var found = loader.find(name);
    if (byId.containsKey(found.id())) {
      throw ApiError.invalid(
          "model", "model_loaded", "The model '" + found.id() + "' is loaded already.");
    }
    long used = 0;
    for (var model : byId.values()) {
      used += model.bytes() == 0 ? 0 : model.bytes() + settings.kvBytes();
    }
    long needed = found.bytes() + settings.kvBytes();
    if (budget > 0 && used + needed > budget) {
      throw ApiError.invalid(
          "model",
          "memory_budget_exceeded",
          "'%s' needs %d MB with its cache; %d of %d MB are in use. Unload a model first."
              .formatted(found.id(), needed >> 20, used >> 20, budget >> 20));
    }
    return add(found.parts().get());
  }

  /// Serves a model that is loaded already.
  public synchronized ServedModel add(ServedModel.Parts parts) {
    for (var name : parts.adapters().keySet()) {
      if (byId.containsKey(name) || name.equals(parts.id())) {
        throw ApiError.invalid(
            "adapter", "model_loaded", "A model '" + name + "' is loaded already.");
      }
    }
    var model = new ServedModel(parts, settings);
    byId.put(model.id(), model);
    model.adapted().forEach(adapted -> byId.put(adapted.id(), adapted));
    return model;
  }

  /// Stops serving a model and its adapters, or one adapter; running requests may end.
  void unload(String id) throws InterruptedException {
    final ServedModel model;
    synchronized (this) {
      model = byId.remove(id);
      byId.values().removeIf(other -> other.isOf(model));
    }
    if (model == null) {
      throw ApiError.noModel(id);
    }
    if (model.adapter() == null) {
      model.leave(PATIENCE_MILLIS);
    }
  }

  /// The model of that name; without a name the first.
  /// @throws ApiError if it is not served
  synchronized ServedModel get(String id) {
    var model = id == null && !byId.isEmpty() ? byId.values().iterator().next() : byId.get(id);
    if (model == null) {
      throw ApiError.noModel(id == null ? "" : id);
    }
    return model;
  }

  /// What requests may call them, in order of loading.
  public List<String> names() {
    return all().stream().map(ServedModel::id).toList();
  }

  synchronized List<ServedModel> all() {
    return new ArrayList<>(byId.values());
  }

  /// Ends all models at once; answers that still run are cancelled.
  void close() throws InterruptedException {
    for (var model : all()) {
      if (model.adapter() == null) {
        model.leave(0);
      }
    }
  }
}
