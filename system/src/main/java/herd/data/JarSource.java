package herd.data;

import herd.data.html.Decoding;
import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The HTML pages and Java sources in jars made by javadoc and by source plugins. Entries are read
/// one by one, never unpacked to disk; archives inside archives are not opened. What is damaged,
/// too
/// large or packed too well is dropped with a reason, an archive without a readable index is an
/// error.
final class JarSource implements Source, AutoCloseable {
  /// No text packs better than this; a bomb does.
  private static final int MAX_RATIO = 200;

  /// Entries up to this size are let through whatever their ratio.
  private static final long SMALL = 1 << 20;

  private final long maxEntryBytes;
  private final List<ZipFile> open = new ArrayList<>();
  private final List<Item> items = new ArrayList<>();

  private JarSource(long maxEntryBytes) {
    this.maxEntryBytes = maxEntryBytes;
  }

  /// @param jars in the order that their entries shall have
  /// @param maxEntryBytes largest unpacked entry that is read
  /// @throws UserError if one is absent or has no readable index, or two have one name
  static JarSource open(List<Path> jars, long maxEntryBytes) {
    var source = new JarSource(maxEntryBytes);
    var names = new HashMap<String, Path>();
    try {
      for (var jar : jars) {
        var earlier = names.put(jar.getFileName().toString(), jar);
        if (earlier != null) {
          throw new UserError(
              jar.toString(),
              "a second archive of that name, after " + earlier,
              "archives with different names",
              "Name each archive once, or rename one: documents are named after it.");
        }
        source.add(jar);
      }
      return source;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private void add(Path jar) {
    try {
      var zip = new ZipFile(jar.toFile());
      open.add(zip);
      var archive = new Archive(zip, jar.getFileName().toString(), packages(zip));
      var seen = new HashSet<String>();
      zip.stream()
          .filter(entry -> !entry.isDirectory())
          .forEach(entry -> items.add(new Entry(archive, entry, !seen.add(entry.getName()))));
    } catch (NoSuchFileException e) {
      throw new UserError(jar.toString(), "no such file", "Check the path.");
    } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
      throw new UserError(
          jar.toString(),
          Files.isDirectory(jar)
              ? "a directory"
              : "not a readable archive (" + e.getMessage() + ")",
          "a jar or zip file",
          "Fetch it again.");
    }
  }

  /// The packages that the archive says it documents; none if it does not say, or not legibly.
  private static Set<String> packages(ZipFile zip) {
    var packages = new HashSet<String>();
    for (var name : List.of("element-list", "package-list")) {
      var entry = zip.getEntry(name);
      if (entry != null) {
        try (var in = zip.getInputStream(entry)) {
          new String(in.readNBytes((int) SMALL), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("module:"))
              .forEach(packages::add);
        } catch (IOException e) {
          packages.clear();
        }
      }
    }
    return packages;
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public void close() {
    for (var zip : open) {
      try {
        zip.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// @param file name of the archive's file
  /// @param packages that it documents
  private record Archive(ZipFile zip, String file, Set<String> packages) {
    /// `guava-33.4.0-jre-javadoc.jar` is `guava-33.4.0-jre`.
    String source() {
      return file.replaceFirst("\\.[^.]*$", "").replaceFirst("-(javadoc|sources)$", "");
    }

    /// Without the version: `guava`. Two versions of a page have one address.
    String library() {
      return source().replaceFirst("-\\d.*$", "");
    }
  }

  private final class Entry implements Item {
    private final Archive archive;
    private final ZipEntry entry;
    private final boolean again;

    Entry(Archive archive, ZipEntry entry, boolean again) {
      this.archive = archive;
      this.entry = entry;
      this.again = again;
    }

    @Override
    public String id() {
      return archive.file() + "!/" + entry.getName();
    }

    @Override
    public long weight() {
      return Math.max(0, entry.getCompressedSize());
    }

    @Override
    public long bytes() {
      return Math.max(0, entry.getSize());
    }

    @Override
    public Verdict load() {
      var name = entry.getName();
      var lower = name.toLowerCase(Locale.ROOT);
      boolean page = lower.endsWith(".html") || lower.endsWith(".htm");
      if (!page && !lower.endsWith(".java")) {
        return new Verdict.Drop("other-file");
      }
      if (again) {
        return new Verdict.Drop("second-entry-of-that-name");
      }
      if (entry.getSize() > maxEntryBytes) {
        return new Verdict.Drop("entry-too-large");
      }
      if (packedTooWell(entry.getSize())) {
        return new Verdict.Drop("packed-too-well");
      }
      byte[] bytes;
      try (var in = archive.zip().getInputStream(entry)) {
        bytes = in.readNBytes((int) maxEntryBytes + 1);
      } catch (IOException e) {
        return new Verdict.Drop("damaged-entry");
      }
      if (bytes.length > maxEntryBytes) {
        return new Verdict.Drop("entry-too-large");
      }
      if (packedTooWell(bytes.length)) {
        return new Verdict.Drop("packed-too-well");
      }
      var sum = new CRC32();
      sum.update(bytes);
      if (entry.getCrc() >= 0 && entry.getCrc() != sum.getValue()) {
        return new Verdict.Drop("damaged-entry");
      }
      return document(name, bytes, page);
    }

    private boolean packedTooWell(long size) {
      return size > SMALL && size / MAX_RATIO > Math.max(1, entry.getCompressedSize());
    }

    private Verdict document(String name, byte[] bytes, boolean page) {
      var text = page ? Decoding.html(bytes) : Decoding.text(bytes);
      if (text == null) {
        return new Verdict.Drop("not-text");
      }
      var group = page
          ? ClassNames.of(name, archive.packages(), archive.source())
          : ClassNames.ofSource(name, text, archive.source());
      return new Verdict.Keep(new Doc(
          id(),
          archive.library() + "/" + name,
          archive.source(),
          page ? "page" : "code",
          group,
          name.substring(name.lastIndexOf('/') + 1),
          text));
    }
  }
}
