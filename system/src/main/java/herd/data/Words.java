package herd.data;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/// Words as the de-duplication steps see them: split at white space.
final class Words {
  private Words() {}

  static List<String> of(String text) {
    var words = new ArrayList<String>();
    for (var tokens = new StringTokenizer(text); tokens.hasMoreTokens(); ) {
      words.add(tokens.nextToken());
    }
    return words;
  }
}
