package herd.recipe;

import herd.data.Curation;
import herd.data.Holdout;
import herd.data.Step;
import herd.engine.UserError;
import herd.pull.Cache;
import herd.pull.Spec;
import herd.run.About;
import herd.run.Default;
import herd.run.Fingerprint;
import herd.run.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Fetches archives and makes clean documents of them ([Curation] says what it leaves).
@About("fetches archives of pages and code and makes clean documents of them")
record Curate(
    @About("archives, as 'herd pull' takes them") List<String> sources,

    @About("a page or file larger than this is dropped unread") @Default("16M")
    long maxBytes,

    @About("steps, in order") List<Step> steps,
    @About("hold-out split") @Default("{share: 0.05}") Holdout holdout)
    implements Stage {
  Curate {
    if (sources.isEmpty()) {
      throw new UserError("sources", "none", "at least one", "Name an archive.");
    }
    sources.forEach(Spec::parse);
    new Curation(maxBytes, steps, holdout);
  }

  @Override
  public List<String> inputs() {
    return List.of();
  }

  @Override
  public int version() {
    return 6;
  }

  /// Local files may change under the same name; everything else has a version in its name.
  @Override
  public SortedMap<String, String> outside() {
    var prints = new TreeMap<String, String>();
    for (var source : sources) {
      if (Spec.parse(source) instanceof Spec.Local(Path path) && Files.exists(path)) {
        prints.put(source, Fingerprint.ofTree(path));
      }
    }
    for (var step : steps) {
      for (var name : step.files()) {
        if (Files.exists(Path.of(name))) {
          prints.put("step " + name, Fingerprint.ofTree(Path.of(name)));
        }
      }
    }
    return prints;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) {
    var entries = inputs.pull().all(sources, false, workspace.progress());
    var archives = new ArrayList<Path>();
    for (Cache.Entry entry : entries.values()) {
      entry.files().stream()
          .filter(file -> file.toString().matches(".*\\.(jar|zip)"))
          .forEach(archives::add);
    }
    new Curation(maxBytes, steps, holdout).run(workspace, archives);
  }
}
