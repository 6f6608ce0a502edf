package herd.data;

import herd.data.dedup.NgramIndex;
import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Finds documents that contain parts of evaluation sets: runs of words that both have, capitals
/// and punctuation aside. Texts of a set with fewer words than a run are not looked for.
/// @param sets files of evaluation sets, folders or patterns: `.jsonl` (all its strings), or plain
/// text, one a line; both also `.gz`
/// @param words of a run; 13 finds copies, 8 finds quotations and some chance
/// @param matches runs that must be found
/// @param mark whether documents are kept, with the names of the sets in their metadata under
/// `contamination`
@About("drop or mark documents that contain parts of evaluation sets")
public record Contamination(
    @About("files of evaluation sets, .jsonl or text, also .gz")
    List<String> sets,

    @About("words of a run; 13 or 8 are usual") @Default("13")
    int words,

    @About("runs that must be found") @Default("1") int matches,

    @About("keep documents, with the sets' names in their metadata") @Default("false")
    boolean mark)
    implements DocumentStep {
  private static final String KEY = "contamination";

  public Contamination {
    sets = List.copyOf(sets);
    if (sets.isEmpty()) {
      throw new UserError("sets", "none", "at least one file", "Leave the step out instead.");
    }
    if (words < 2 || words > 100) {
      throw new UserError("words", "" + words, "2 to 100", "13 and 8 are usual.");
    }
    if (matches < 1) {
      throw new UserError("matches", "" + matches, "1 or more", "Leave the step out instead.");
    }
  }

  @Override
  public List<String> files() {
    return sets;
  }

  @Override
  public Judge ready() {
    var index = index();
    return doc -> {
      var found = index.find(doc.text());
      if (found.matches() < matches) {
        return new Verdict.Keep(doc);
      }
      return mark
          ? new Verdict.Keep(doc.with(KEY, String.join(",", found.names())))
          : new Verdict.Drop("contaminated");
    };
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private NgramIndex index() {
    var index = new NgramIndex.Builder(words);
    for (var file : TextFiles.of(sets)) {
      read(file, index);
    }
    var built = index.build();
    if (built.size() == 0) {
      throw new UserError(
          "sets",
          "no text of " + words + " words or more in " + String.join(", ", sets),
          "evaluation sets",
          "Name other files, or lower words.");
    }
    return built;
  }

  private static void read(Path file, NgramIndex.Builder index) {
    var name = file.getFileName().toString();
    boolean packed = name.endsWith(".gz");
    name = packed ? name.substring(0, name.length() - 3) : name;
    boolean rows = name.endsWith(".jsonl") || name.endsWith(".ndjson");
    var set = name.replaceFirst("\\.[a-z]+$", "");
    int number = 0;
    try (InputStream stored = Files.newInputStream(file);
        var in = new BufferedReader(new InputStreamReader(
            packed ? new GZIPInputStream(stored) : stored, StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!rows) {
          index.add(set, line);
        } else if (!line.isBlank()) {
          strings(JsonMapper.shared().readTree(line), set, index);
        }
      }
    } catch (JacksonException e) {
      throw new UserError(
          file + ":" + number, e.getOriginalMessage(), "a JSON object a line", "Correct it.");
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  private static void strings(JsonNode node, String set, NgramIndex.Builder index) {
    if (node.isString()) {
      index.add(set, node.stringValue());
    } else {
      node.forEach(child -> strings(child, set, index));
    }
  }
}
