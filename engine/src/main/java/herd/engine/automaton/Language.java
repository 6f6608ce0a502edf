package herd.engine.automaton;

import herd.engine.infer.Constraint;
import java.util.Arrays;
import java.util.BitSet;

/// The texts that a set of rules allows, without dead ends: from every text that a constraint lets
/// through the end can be reached. Immutable; safe for any number of threads.
public final class Language {
  private final Nfa[] rules; // by number; null where a counted string stands, or nothing fits
  private final Counted[] counted;
  private final BitSet nullable;
  private final int hash;

  Language(Nfa[] rules, Counted[] counted, BitSet nullable) {
    this.rules = rules;
    this.counted = counted;
    this.nullable = nullable;
    hash = 31 * Arrays.hashCode(rules) + Arrays.hashCode(counted);
  }

  /// The texts of one automaton over code points.
  public static Language of(Dfa dfa, String where) {
    var rules = new Rules(where);
    rules.add(where, false);
    rules.define(0, JsonText.plain(dfa, rules.budget()));
    return rules.language();
  }

  /// A constraint at the begin of a text.
  public Constraint constraint(Vocabulary vocabulary) {
    Masks masks = vocabulary.masks(this);
    return new Matcher(masks, masks.start());
  }

  /// Languages of equal rules are equal: a form that is compiled again finds its masks again.
  @Override
  public boolean equals(Object other) {
    return other instanceof Language language
        && hash == language.hash
        && Arrays.equals(rules, language.rules)
        && Arrays.equals(counted, language.counted);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /// The automaton of the whole text; its parts that call no rule are shared in `vocabulary`.
  Automaton automaton(Vocabulary vocabulary) {
    var all = new Automaton[rules.length];
    for (int rule = 0; rule < all.length; rule++) {
      Nfa nfa = rules[rule];
      if (nfa != null && nfa.calls()) {
        all[rule] = new Automaton(nfa, nullable);
      } else if (nfa != null) {
        all[rule] = vocabulary.shared(nfa, () -> new Automaton(nfa, new BitSet()));
      } else if (counted[rule] != null) {
        Counted string = counted[rule];
        all[rule] =
            vocabulary.shared(string, () -> new Automaton(string, JsonText.character(vocabulary)));
      }
    }
    for (Automaton automaton : all) {
      if (automaton != null) {
        automaton.connect(all);
      }
    }
    return all[0];
  }
}
