package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.VendoredPaths;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;

/// Drops what a repository holds of other people's work, and what was built in it: by folders
/// (`node_modules`, `vendor`, `third_party`, `dist`) and by files that are copied everywhere.
/// @param folders that hold other people's work too
@About("drop other people's work and build outputs inside repositories")
public record VendoredCode(
    @About("more folders of other people's work: names, or two such as lib/imported") @Default("[]")
    List<String> folders)
    implements DocumentStep {
  public VendoredCode {
    folders = List.copyOf(folders);
    for (var folder : folders) {
      if (!folder.matches("[^/]+(?:/[^/]+)?")) {
        throw new UserError("folders", folder, "a name, or two with '/' between", "");
      }
    }
  }

  @Override
  public Judge ready() {
    var paths = new VendoredPaths(folders);
    return doc -> {
      var place = FilePlace.of(doc.source(), doc.id(), doc.metadata());
      var reason = paths.of(place.path(), doc.text(), place.language(doc.language(), doc.text()));
      return reason == null ? new Keep(doc) : new Drop(reason);
    };
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }
}
