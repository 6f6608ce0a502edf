package herd.serve;

import herd.engine.infer.EngineStats;
import herd.engine.infer.Result;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// What `/metrics` shows, in Prometheus' text format.
final class Metrics {
  static final String TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;
  private static final double[] FIRST = {
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120
  };
  private static final double[] BETWEEN = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Models models;
  private final Counter requests = counter("herd_requests", "Requests answered.", "path", "status");
  private final Counter ended =
      counter("herd_answers", "Answers by how they ended.", "model", "finish");
  private final Histogram duration =
      histogram("herd_request_seconds", "From a request to the end of its reply.", FIRST, "path");
  private final Histogram first =
      histogram("herd_first_token_seconds", "From submission to the first token.", FIRST, "model");
  private final Histogram between =
      histogram("herd_inter_token_seconds", "Between two tokens of an answer.", BETWEEN, "model");

  /// @param running requests that are being answered
  Metrics(Models models, IntSupplier running) {
    this.models = models;
    GaugeWithCallback.builder()
        .name("herd_requests_running")
        .help("Requests that are being answered.")
        .callback(gauge -> gauge.call(running.getAsInt()))
        .register(registry);
    gauge("herd_queue_requests", "Requests that wait for a place.", EngineStats::queued);
    gauge("herd_running_requests", "Requests in the engine's batch.", EngineStats::running);
    gauge("herd_kv_blocks_used", "Cache blocks that requests hold.", EngineStats::usedBlocks);
    gauge(
        "herd_kv_blocks_cached",
        "Cache blocks kept for shared beginnings.",
        EngineStats::cachedBlocks);
    gauge("herd_kv_blocks", "Cache blocks at most.", EngineStats::totalBlocks);
    total("herd_prompt_tokens", "Prompt tokens that came in.", EngineStats::promptTokens);
    total("herd_cached_tokens", "Prompt tokens found in the cache.", EngineStats::cachedTokens);
    total("herd_generated_tokens", "Tokens written.", EngineStats::generatedTokens);
    total(
        "herd_preemptions",
        "Requests that lost their place for a while.",
        EngineStats::preemptions);
    total("herd_steps", "Forward passes.", EngineStats::steps);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  private Histogram histogram(String name, String help, double[] bounds, String label) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .classicOnly()
        .classicUpperBounds(bounds)
        .register(registry);
  }

  private void gauge(String name, String help, ToDoubleFunction<EngineStats> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("model")
        .callback(gauge ->
            engines().forEach(m -> gauge.call(value.applyAsDouble(m.engine().stats()), m.id())))
        .register(registry);
  }

  /// The models themselves: an adapter has no engine of its own.
  private Stream<ServedModel> engines() {
    return models.all().stream().filter(model -> model.adapter() == null);
  }

  private void total(String name, String help, ToDoubleFunction<EngineStats> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("model")
        .callback(counter ->
            engines().forEach(m -> counter.call(value.applyAsDouble(m.engine().stats()), m.id())))
        .register(registry);
  }

  /// A token came, `nanos` after the one before or, for the first, after its submission.
  void token(String model, boolean isFirst, long nanos) {
    (isFirst ? first : between).labelValues(model).observe(nanos / 1e9);
  }

  void ended(String model, Result result) {
    ended.labelValues(model, result.finish().name().toLowerCase(Locale.ROOT)).inc();
  }

  void answered(String path, int status, long nanos) {
    requests.labelValues(path, "" + status).inc();
    duration.labelValues(path).observe(nanos / 1e9);
  }

  byte[] text() throws IOException {
    var out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(out, registry.scrape());
    return out.toByteArray();
  }
}
