package herd.serve;

import herd.engine.infer.EngineSettings;
import herd.engine.model.Adapter;
import herd.serve.protocol.ApiError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/// The models that are served, loaded and unloaded while the server runs, within a budget of
/// memory. A model that nobody asked for long may be put to sleep: its memory is free, and the next
/// request for it loads it again. Thread-safe; while a model is loaded, others answer.
public final class Models {
  private static final long PATIENCE_MILLIS = 30_000;

  /// Who was asked within this time is not put to sleep for the sake of another.
  private static final long LEAST_REST_MILLIS = 5_000;

  private final Map<String, Place> byId = new LinkedHashMap<>();
  private final Map<String, Long> arriving = new LinkedHashMap<>(); // bytes, by id
  private final EngineSettings settings;
  private final Loader loader;
  private final long budget;
  private final long idleMillis;
  private final Thread watcher; // null where nobody is put to sleep

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

  /// What is told of a model, awake or asleep.
  /// @param created seconds since 1970 when it was first loaded
  /// @param context positions that one request may take
  record Card(String id, long created, int context) {}

  /// A name that requests may use.
  private static final class Place {
    final Card card;
    final String base; // whose adapter it is, null for a model itself
    final Found found; // how it is loaded again, null if it cannot be
    final boolean added; // an adapter that came while the model was served
    ServedModel model; // null while it sleeps

    Place(ServedModel model, String base, Found found, boolean added) {
      this.card = new Card(model.id(), model.created(), model.context());
      this.base = base;
      this.found = found;
      this.added = added;
      this.model = model;
    }
  }

  /// @param budget bytes of all models together, their keys and values included; 0 for no limit
  public Models(EngineSettings settings, Loader loader, long budget) {
    this(settings, loader, budget, Duration.ZERO);
  }

  /// @param budget bytes of all models together, their keys and values included; 0 for no limit
  /// @param idle after how long a model that nobody asks is put to sleep; 0 for never
  public Models(EngineSettings settings, Loader loader, long budget, Duration idle) {
    this.settings = settings;
    this.loader = loader;
    this.budget = budget;
    this.idleMillis = idle.toMillis();
    this.watcher =
        idleMillis == 0 ? null : Thread.ofVirtual().name("herd-idle-models").start(this::watch);
  }

  /// Loads a model and serves it from now on.
  /// @throws ApiError if one of that name is served or the budget does not allow it
  public ServedModel load(String name) {
    var found = loader.find(name);
    synchronized (this) {
      if (byId.containsKey(found.id()) || arriving.containsKey(found.id())) {
        throw taken("model", found.id());
      }
      reserve(found);
    }
    return arrive(found);
  }

  private static ApiError taken(String param, String id) {
    return ApiError.invalid(
        param, "model_loaded", "The model '" + ApiError.shown(id) + "' is loaded already.");
  }

  /// Room for a model that is about to be loaded.
  private void reserve(Found found) {
    long needed = found.bytes() + settings.kvBytes();
    while (budget > 0 && used() + needed > budget) {
      var idle = idleMillis == 0 ? null : idlest();
      if (idle == null || !idle.leaveIfIdle(LEAST_REST_MILLIS)) {
        throw ApiError.invalid(
            "model",
            "memory_budget_exceeded",
            "'%s' needs %d MB with its cache; %d of %d MB are in use. Unload a model first."
                .formatted(found.id(), needed >> 20, used() >> 20, budget >> 20));
      }
      sleep(idle);
    }
    arriving.put(found.id(), found.bytes());
  }

  private long used() {
    long used = 0;
    for (var place : byId.values()) {
      long own = place.model == null ? 0 : place.model.bytes();
      used += own == 0 ? 0 : own + settings.kvBytes();
    }
    for (long bytes : arriving.values()) {
      used += bytes + settings.kvBytes();
    }
    return used;
  }

  private ServedModel arrive(Found found) {
    try {
      return add(found.parts().get(), found);
    } finally {
      synchronized (this) {
        arriving.remove(found.id());
        notifyAll();
      }
    }
  }

  /// Serves a model that is loaded already.
  public ServedModel add(ServedModel.Parts parts) {
    return add(parts, null);
  }

  private synchronized ServedModel add(ServedModel.Parts parts, Found found) {
    for (var name : parts.adapters().keySet()) {
      boolean free = !byId.containsKey(name) || parts.id().equals(byId.get(name).base);
      if (!free || name.equals(parts.id())) {
        throw taken("adapter", name);
      }
    }
    var model = new ServedModel(parts, settings);
    put(model, null, found);
    model.adapted().forEach(adapted -> put(adapted, model.id(), found));
    return model;
  }

  /// A sleeping model keeps its place in the order.
  private void put(ServedModel model, String base, Found found) {
    var known = byId.get(model.id());
    if (known == null) {
      byId.put(model.id(), new Place(model, base, found, false));
    } else {
      known.model = model;
    }
  }

  /// Serves a model with an adapter, under a name of its own.
  /// @param base the model's name; null for the first
  /// @throws ApiError if the name is taken or there is no such model
  /// @throws herd.engine.UserError if the adapter does not fit
  void addAdapter(String name, Adapter adapter, String base) {
    var model = get(base);
    if (model.adapter() != null) {
      throw ApiError.invalid(
          "base_model_name", "invalid_value", "'" + model.id() + "' is an adapter itself.");
    }
    adapter.on(model.llama());
    synchronized (this) {
      if (byId.containsKey(name)) {
        throw taken("lora_name", name);
      }
      var place = byId.get(model.id());
      if (place == null || place.model != model) {
        throw ApiError.noModel(model.id());
      }
      byId.put(name, new Place(model.with(name, adapter), model.id(), null, true));
    }
  }

  /// Serves an adapter no longer; requests that use it may end.
  /// @throws ApiError if there is no such adapter
  synchronized void removeAdapter(String name) {
    var place = byId.get(name);
    if (place == null || place.base == null) {
      throw ApiError.noModel(name);
    }
    byId.remove(name);
  }

  /// Stops serving a model and its adapters, or one adapter; running requests may end.
  void unload(String id) throws InterruptedException {
    final Place place;
    synchronized (this) {
      while (arriving.containsKey(id)) {
        wait();
      }
      place = byId.remove(id);
      byId.values().removeIf(other -> id.equals(other.base));
    }
    if (place == null) {
      throw ApiError.noModel(id);
    }
    if (place.base == null && place.model != null) {
      place.model.leave(PATIENCE_MILLIS);
    }
  }

  /// The model of that name, loaded again if it sleeps; without a name the first.
  /// @throws ApiError if it is not served
  ServedModel get(String id) {
    final Found found;
    synchronized (this) {
      var place = awake(id);
      if (place.model != null) {
        place.model.touch();
        return place.model;
      }
      found = place.found;
      reserve(found);
    }
    arrive(found);
    return get(id);
  }

  /// A place whose model nobody else is about to load.
  private Place awake(String id) {
    try {
      while (true) {
        var place = id == null && !byId.isEmpty()
            ? byId.values().iterator().next()
            : byId.get(Objects.requireNonNullElse(id, ""));
        if (place == null) {
          throw ApiError.noModel(id == null ? "" : id);
        }
        if (place.model != null || !arriving.containsKey(place.found.id())) {
          return place;
        }
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw ApiError.unavailable("shutting_down", "The server is shutting down.", 1);
    }
  }

  // --- sleep ---

  private void watch() {
    try {
      while (true) {
        Thread.sleep(Math.clamp(idleMillis / 4, 10, 10_000));
        rest(idleMillis);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the server ends
    }
  }

  /// Puts all models to sleep that nobody has asked for so long.
  synchronized void rest(long millis) {
    for (var idle = idlest(); idle != null && idle.leaveIfIdle(millis); idle = idlest()) {
      sleep(idle);
    }
  }

  /// The model that can be loaded again and was asked longest ago; null if there is none.
  private ServedModel idlest() {
    return byId.values().stream()
        .filter(place -> place.base == null && place.found != null && place.model != null)
        .filter(place -> byId.values().stream()
            .noneMatch(other -> other.added && place.card.id.equals(other.base)))
        .map(place -> place.model)
        .min(Comparator.comparingLong(ServedModel::touched))
        .orElse(null);
  }

  private void sleep(ServedModel model) {
    for (var place : byId.values()) {
      if (place.model == model || place.model != null && place.model.isOf(model)) {
        place.model = null;
      }
    }
    try {
      model.leave(0);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  // --- what there is ---

  /// What requests may call them, in order of loading.
  public synchronized List<String> names() {
    return List.copyOf(byId.keySet());
  }

  /// All of them, in order of loading.
  synchronized List<Card> cards() {
    return byId.values().stream().map(place -> place.card).toList();
  }

  /// The one of that name.
  /// @throws ApiError if it is not served
  synchronized Card card(String id) {
    if (!byId.containsKey(id)) {
      throw ApiError.noModel(id);
    }
    return byId.get(id).card;
  }

  /// Those that are awake.
  synchronized List<ServedModel> all() {
    var out = new ArrayList<ServedModel>();
    for (var place : byId.values()) {
      if (place.model != null) {
        out.add(place.model);
      }
    }
    return out;
  }

  /// Ends all models at once; answers that still run are cancelled.
  void close() throws InterruptedException {
    if (watcher != null) {
      watcher.interrupt();
      watcher.join();
    }
    for (var model : all()) {
      if (model.adapter() == null) {
        model.leave(0);
      }
    }
  }
}
