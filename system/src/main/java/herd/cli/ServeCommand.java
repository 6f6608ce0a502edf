package herd.cli;

import herd.engine.UserError;
import herd.engine.infer.EngineSettings;
import herd.run.Interrupted;
import herd.serve.Models;
import herd.serve.Server;
import herd.serve.ServerSettings;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jline.utils.Signals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "serve",
    description = {
      "Serve models behind OpenAI's protocol: /v1/chat/completions, /v1/completions,",
      "/v1/embeddings, /v1/models, /tokenize, /health, /ready, /metrics, and a page to chat at /."
    },
    footer = {
      "",
      "A file of keys has one a line: KEY name=NAME requests-per-minute=N tokens-per-minute=N",
      "admin=true (all but KEY may be left out; sha256:DIGEST may stand for KEY).",
      "An adapter is a model of its own: requests call it by its name.",
      "Ctrl-C or a polite kill lets running answers end; a second one ends at once.",
      "Example: herd serve runs/tiny --port 8080 --api-keys keys.txt"
    })
final class ServeCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description = "Runs, model directories, GGUF files or hf:owner/name. NAME=MODEL renames it.")
  private List<String> models;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address to listen on; 0.0.0.0 for all (${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port to listen on; 0 for any free one (${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--api-keys",
      paramLabel = "FILE",
      description = "Keys that may call, one a line.")
  private Path apiKeys;

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate chain, PEM.")
  private Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, PEM, PKCS#8.")
  private Path privateKey;

  @Option(
      names = "--cors",
      paramLabel = "ORIGIN",
      description = "Origin whose pages may call; * for all. May stand several times.")
  private List<String> origins = List.of();

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      defaultValue = "" + HttpSettings.BODY,
      description = "Largest request (${DEFAULT-VALUE}).")
  private long maxBody;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long running answers may go on at the end (${DEFAULT-VALUE}).")
  private int drain;

  @Option(
      names = "--places",
      paramLabel = "N",
      defaultValue = "16",
      description = "Requests answered at a time (${DEFAULT-VALUE}).")
  private int places;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Requests that may wait; more are refused with 503 (${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--memory",
      paramLabel = "MB",
      defaultValue = "0",
      description = "Budget of all models together, for loading at run time; 0 for none.")
  private long memory;

  @Option(
      names = "--idle",
      paramLabel = "MINUTES",
      defaultValue = "0",
      description = {
        "Free the memory of a model that nobody asked for so long; the next request loads it",
        "again. Where --memory is short, such models make room. 0 for never."
      })
  private int idle;

  @Option(
      names = "--adapter-folder",
      paramLabel = "DIR",
      description = {
        "Folder whose LoRA adapters administrators may add while it serves, by",
        "POST /v1/load_lora_adapter; else none may be."
      })
  private Path adapterFolder;

  @Option(
      names = "--deterministic",
      description = "The same request gives the same tokens whatever else is answered; slower.")
  private boolean deterministic;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private EngineOptions engine;

  @Option(names = "--quiet", description = "No line for each request on standard error.")
  private boolean quiet;

  @Option(names = "--log-texts", description = "Log prompts and answers too.")
  private boolean logTexts;

  @Mixin
  private Shown.Help help;

  @Override
  public void run() {
    var keys = apiKeys == null ? ApiKeys.none() : ApiKeys.read(apiKeys);
    var http = new HttpSettings(host, port, certificate, privateKey, origins, maxBody, drain);
    var settings = engine
        .settings(EngineSettings.DEFAULTS)
        .withPlaces(places)
        .withQueue(queue)
        .withDeterministic(deterministic);
    var loader = new ModelLoader(herd.environment(), kernels, engine);
    var served = new Models(settings, loader, memory << 20, Duration.ofMinutes(idle()));
    var log = quiet ? null : herd.err();
    var how = new ServerSettings(http, keys, log, logTexts, herd.environment(), adapterFolder());
    try (var server = new Server(how, served)) {
      for (var model : models) {
        served.load(model);
      }
      if (!keys.needed() && !host.matches("127\\..*|localhost|::1")) {
        herd.err().println("herd: without --api-keys everybody who reaches this address may call");
      }
      greet(server, served);
      await();
      herd.err().println("herd: running answers may end; Ctrl-C again stops at once");
    }
  }

  private int idle() {
    if (idle < 0) {
      throw new UserError("--idle", "" + idle, "0 or more minutes", "Leave it out for never.");
    }
    return idle;
  }

  private Path adapterFolder() {
    if (adapterFolder != null && !Files.isDirectory(adapterFolder)) {
      throw new UserError(
          "--adapter-folder", adapterFolder.toString(), "a folder that is there", "Make it.");
    }
    return adapterFolder;
  }

  private void greet(Server server, Models served) {
    var out = herd.out();
    out.println("Serving " + String.join(", ", served.names()) + " on " + server.address());
    out.println("Chat in a browser: " + server.address() + "/");
    out.println("Try:");
    out.println("  curl " + server.address() + "/v1/chat/completions \\");
    out.println("    -H 'Content-Type: application/json' \\");
    if (apiKeys != null) {
      out.println("    -H 'Authorization: Bearer YOUR_KEY' \\");
    }
    out.println("    -d '{\"model\": \"" + served.names().getFirst()
        + "\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello!\"}]}'");
    out.flush();
  }

  /// Waits for Ctrl-C or a polite kill; a second one ends the program.
  private static void await() {
    var asked = new CountDownLatch(1);
    Runnable ask = () -> {
      if (asked.getCount() == 0) {
        Runtime.getRuntime().halt(130);
      }
      asked.countDown();
    };
    Signals.register("INT", ask);
    Signals.register("TERM", ask);
    try {
      asked.await();
    } catch (InterruptedException _) {
      throw new Interrupted();
    }
  }
}
