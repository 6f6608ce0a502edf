package herd.recipe;

import herd.run.Workspace;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// One stage of a recipe: its settings are the record's components, its kind is the record's name.
public sealed interface Stage
    permits Curate,
        TokenizerStage,
        TokenFolders,
        Pretrain,
        Anneal,
        Continue,
        LongContext,
        ScaleGrid,
        ScaleFit,
        ScaleConfirm,
        ScaleMix,
        SftStage,
        DpoStage,
        Evaluate,
        Quantize,
        ReportStage {
  /// Names of the stages whose results this one reads.
  List<String> inputs();

  /// Raised whenever the same settings would give another result than before.
  int version();

  /// What it reads from outside the run that may change under the same name, with fingerprints.
  default SortedMap<String, String> outside() {
    return new TreeMap<>();
  }

  /// Does the work: files into the workspace's result directory, findings into its facts.
  /// @throws herd.engine.UserError if an input or a setting is at fault
  void run(Workspace workspace, Inputs inputs) throws IOException;
}
