package herd.pull;

import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Fingerprint;
import herd.run.Progress;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Repositories of a model hub: the list of files of one commit, each compared with the checksum
/// that the hub states. `HF_ENDPOINT` names another hub, `HF_TOKEN` the secret.
final class Hub {
  private static final String PUBLIC = "https://huggingface.co";
  private static final List<String> OTHER_FORMS =
      List.of(".bin", ".h5", ".msgpack", ".ot", ".onnx", ".pt", ".pth", ".tflite", ".ckpt");

  private final URI endpoint;
  private final Download download;

  Hub(Map<String, String> environment, Progress progress) {
    var given = environment.getOrDefault("HF_ENDPOINT", PUBLIC);
    try {
      this.endpoint = URI.create(given.replaceAll("/+$", ""));
    } catch (IllegalArgumentException _) {
      throw new UserError("HF_ENDPOINT", "'" + given + "'", "an address", "Correct it.");
    }
    if (endpoint.getHost() == null) {
      throw new UserError("HF_ENDPOINT", "'" + given + "'", "an https address", "Correct it.");
    }
    var client = HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(Duration.ofSeconds(20))
        .proxy(new Proxies(environment))
        .build();
    var token = environment.get("HF_TOKEN");
    boolean some = token != null && !token.isBlank();
    this.download = new Download(client, endpoint, some ? token.strip() : null, progress);
  }

  /// @param sha256 of the content, or null
  /// @param gitId SHA-1 of the content with git's header, or null
  private record Listed(String name, long size, String sha256, String gitId) {}

  /// Gathers all files of a repository in `aside`; files that are whole there are not fetched
  /// again.
  void fetch(Spec.Hub spec, Path aside) {
    var what = spec.toString();
    var path = "/api/" + spec.kind() + "/" + spec.name() + "/revision/" + encoded(spec.revision());
    var commit = parse(download.text(address(path + "?blobs=true"), what), what);
    var sha = commit.path("sha").asString("");
    if (!sha.matches("[0-9a-fA-F]{4,64}")) {
      throw new UserError(what, "the hub's answer names no commit", "Check HF_ENDPOINT.");
    }
    var files = listed(commit, aside, what);
    try {
      sameCommit(aside, sha);
      long total = files.stream().mapToLong(file -> Math.max(0, file.size())).sum();
      long done = 0;
      for (var file : files) {
        fetch(spec, sha, file, aside, done, total);
        done += Math.max(0, file.size());
      }
      Files.delete(aside.resolve(".commit"));
    } catch (IOException e) {
      throw Disk.trouble(e, aside);
    }
  }

  /// Parts of another commit are of no use.
  private static void sameCommit(Path aside, String sha) throws IOException {
    var mark = aside.resolve(".commit");
    if (!Files.exists(mark) || !Files.readString(mark).equals(sha)) {
      Disk.delete(aside);
      Disk.directory(aside);
      Disk.write(mark, sha);
    }
  }

  private void fetch(Spec.Hub spec, String sha, Listed file, Path aside, long before, long total)
      throws IOException {
    var target = aside.resolve(file.name());
    if (Files.exists(target)) {
      return;
    }
    var part = target.resolveSibling(target.getFileName() + ".part");
    Disk.directory(target.getParent());
    var prefix = spec.kind().equals("models") ? "/" : "/" + spec.kind() + "/";
    var address = address(prefix + spec.name() + "/resolve/" + sha + "/" + encoded(file.name()));
    var what = spec + ", " + file.name();
    for (int tries = 1; ; tries++) {
      download.file(address, part, file.size(), what, before, total);
      if (matches(part, file)) {
        Files.move(part, target);
        return;
      }
      Files.delete(part);
      if (tries == 2) {
        throw new UserError(
            what,
            "wrong checksum, twice",
            "The hub or something on the way alters the file; try another network or endpoint.");
      }
    }
  }

  private static boolean matches(Path part, Listed file) throws IOException {
    if (file.size() == 0 && !Files.exists(part)) {
      Files.createFile(part);
    }
    if (file.sha256() != null) {
      return Fingerprint.of(part).equals(file.sha256());
    }
    return file.gitId() == null || gitId(part).equals(file.gitId());
  }

  private static String gitId(Path file) throws IOException {
    try (var channel = FileChannel.open(file)) {
      var digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + channel.size() + "\0").getBytes(StandardCharsets.US_ASCII));
      var buffer = ByteBuffer.allocate(1 << 16);
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
      return Fingerprint.hex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static List<Listed> listed(JsonNode commit, Path aside, String what) {
    var files = new ArrayList<Listed>();
    for (var sibling : commit.path("siblings")) {
      var name = sibling.path("rfilename").asString("");
      var target = aside.resolve(name).normalize();
      if (name.isEmpty()
          || name.startsWith("/")
          || !target.startsWith(aside.normalize())
          || name.endsWith(".part")
          || name.equals(".commit")) {
        throw new UserError(what, "the hub lists a file '" + name + "'", "Do not use this one.");
      }
      var lfs = sibling.path("lfs").path("sha256").asString(null);
      files.add(new Listed(
          name,
          sibling.path("size").asLong(-1),
          lfs,
          lfs == null ? sibling.path("blobId").asString(null) : null));
    }
    // A model that is there as safetensors is not fetched a second time in an older form.
    if (files.stream().anyMatch(file -> file.name().endsWith(".safetensors"))) {
      files.removeIf(file -> OTHER_FORMS.stream().anyMatch(file.name()::endsWith));
    }
    return files;
  }

  private static JsonNode parse(String text, String what) {
    try {
      return JsonMapper.builder().build().readTree(text);
    } catch (JacksonException _) {
      throw new UserError(what, "the hub's answer is not JSON", "Check HF_ENDPOINT.");
    }
  }

  private URI address(String path) {
    return URI.create(endpoint + path);
  }

  private static String encoded(String path) {
    return Arrays.stream(path.split("/"))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }
}
