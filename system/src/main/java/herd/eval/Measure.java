package herd.eval;

/// What is measured, as it is named in `stage.json`.
enum Measure {
  HOLDOUT("holdout-bits-per-byte", "bits/byte", false),
  HOLDOUT_PAGES("holdout-pages-bits-per-byte", "bits/byte", false),
  HOLDOUT_CODE("holdout-code-bits-per-byte", "bits/byte", false),
  CHOICE("choice", "share", true),
  CHOICE_HARD("choice-hard", "share", true),
  ANSWERS("answers-bits-per-byte", "bits/byte", false),
  PAIRS("pair-accuracy", "share", true),
  JAVA_PARSES("java-parses", "share", true),
  JAVA_ASKED("java-as-asked", "share", true);

  private final String text;
  private final String unit;
  private final boolean higherIsBetter;

  Measure(String text, String unit, boolean higherIsBetter) {
    this.text = text;
    this.unit = unit;
    this.higherIsBetter = higherIsBetter;
  }

  String text() {
    return text;
  }

  String unit() {
    return unit;
  }

  String better() {
    return higherIsBetter ? "higher" : "lower";
  }
}
