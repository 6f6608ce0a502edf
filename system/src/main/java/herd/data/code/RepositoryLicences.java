package herd.data.code;

import herd.data.code.LicenceFiles.Says;
import herd.data.code.LicenceFiles.Weight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Under which licence the files of one repository stand. What a file says of itself counts before
/// what its folder says, that before the folders above; where none says anything, what at least
/// half of the repository's source files say of themselves counts for the others. When all is
/// added, several threads may ask.
public final class RepositoryLicences {
  private final Map<String, List<Says>> folders = new HashMap<>();
  private final Map<String, String> decided = new ConcurrentHashMap<>();
  private final Map<String, Long> heads = new TreeMap<>();
  private long sources;
  private String usual; // what most heads say; empty for none, null while not asked

  /// Adds what a file says of its folder.
  public void add(Says says) {
    folders.computeIfAbsent(says.folder(), _ -> new ArrayList<>()).add(says);
  }

  /// Counts source files.
  /// @param head what they say of themselves, null if nothing
  public void source(String head, long files) {
    sources += files;
    if (head != null) {
      heads.merge(head, files, Long::sum);
    }
  }

  /// The licence of a file that says nothing of itself: an expression, empty for one that is there
  /// but not known, null for none.
  public String of(String path) {
    for (int slash = path.lastIndexOf('/'); slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
      var folder = path.substring(0, slash);
      if (folders.containsKey(folder)) {
        return decided(folder);
      }
      if (slash == 0) {
        break;
      }
    }
    if (folders.containsKey("")) {
      return decided("");
    }
    var most = usual();
    return most.isEmpty() ? null : most;
  }

  private String decided(String folder) {
    return decided.computeIfAbsent(folder, name -> decide(folders.get(name)));
  }

  private String usual() {
    if (usual == null) {
      var most =
          heads.entrySet().stream().max(Map.Entry.comparingByValue(Comparator.naturalOrder()));
      boolean enough = most.isPresent() && 2 * most.get().getValue() >= sources;
      usual = enough ? most.get().getKey() : "";
    }
    return usual;
  }

  /// One expression of what the files of one folder say.
  private static String decide(List<Says> all) {
    var texts = known(all, Weight.LICENCE);
    var metadata = known(all, Weight.METADATA);
    if (texts.isEmpty()) {
      var rest = metadata.isEmpty() ? known(all, Weight.NOTICE) : metadata;
      return rest.isEmpty() ? "" : joined(rest, " AND ");
    }
    if (texts.stream().anyMatch(one -> one.startsWith("LGPL"))) {
      texts.removeIf(
          one -> one.startsWith("GPL")); // the lesser licence adds to the text of the other
    }
    if (texts.size() == 1) {
      var text = texts.getFirst();
      // A text cannot say "or later", metadata can; metadata may also know of a choice.
      for (var said : metadata) {
        if (said.contains(text) || said.startsWith(text.replace("-only", ""))) {
          return said;
        }
      }
      return text;
    }
    boolean choice = all.stream()
                .filter(one -> one.weight() == Weight.LICENCE)
                .filter(Says::named)
                .count()
            > 1
        || metadata.stream().anyMatch(said -> said.contains(" OR "));
    return joined(texts, choice ? " OR " : " AND ");
  }

  private static LinkedHashSet<String> known(List<Says> all, Weight weight) {
    var known = new LinkedHashSet<String>();
    all.stream()
        .filter(one -> one.weight() == weight && !one.expression().isEmpty())
        .map(Says::expression)
        .sorted()
        .forEach(known::add);
    return known;
  }

  private static String joined(LinkedHashSet<String> all, String with) {
    if (all.size() == 1) {
      return all.getFirst();
    }
    var parts = new ArrayList<String>();
    all.forEach(one -> parts.add(one.contains(" ") ? "(" + one + ")" : one));
    return String.join(with, parts);
  }
}
