package herd.engine.grammar;

import herd.engine.Effort;
import herd.engine.UserError;
import herd.engine.automaton.Vocabulary;
import herd.engine.infer.Constraint;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GrammarTest {
  static final List<String> GRAMMARS = List.of(
      "root ::= \"a\" root \"b\" | \"\"",
      "root ::= \"a\" root \"b\" | \"a\" other \"c\" | \"ab\"\nother ::= root",
      "root ::= value\nvalue ::= \"[\" (value (\",\" value)*)? \"]\" | [0-9]+ | \"\\\"\" [^\"]* \"\\\"\"",
      "root ::= word (\" \" word){0,3} # words\nword ::= [a-c]+ | \"é\" | [^\\x00-\\x7F]",
      "root ::= list\nlist ::= \"1\" list | \"12\" list | \"3\"",
      "root ::= a b a\na ::= \"a\"*\nb ::= a \"b\"?",
      "root ::= ( \"a\"\n | \"b\" )+ \".\" tail\n  | \"x\" tail\ntail ::= \"\" | [\\n] tail?");

  static final List<String> PATTERNS = List.of(
      "a*b",
      "(ab|a)*",
      "[a-c]{2,5}",
      "\\d+(\\.\\d+)?",
      "(foo|foobar|é+)x?",
      "[^a]*",
      "^ab$|^a$",
      "a{0,3}?b",
      "(?:a|(?<n>b))+",
      "\\w \\S",
      "[\\u0061-c\\]\\-]+",
      "日本?.",
      "\\p{Lu}\\p{Ll}*",
      "(a|aa)(a|aa)(a|aa)",
      "[ab]{30,60}c?",
      "(aaa){5,40}x?",
      "([a-z]|é){0,45}\\.",
      "[\\x41\\d]\\.",
      "(a*)*b",
      "");

  @Provide
  Arbitrary<Grammar> grammars() {
    return Arbitraries.oneOf(
        Arbitraries.of(GRAMMARS).map(Grammar::ofText),
        Arbitraries.of(PATTERNS).map(Grammar::ofRegex));
  }

  @Property(tries = 50)
  void theMaskIsWhatTryingEveryTokenFinds(@ForAll("grammars") Grammar grammar, @ForAll long seed) {
    var random = new Random(seed);
    Constraint constraint = grammar.constraint(Texts.SMALL);
    for (int steps = 0; steps < 12; steps++) {
      BitSet allowed = Texts.allowed(constraint, Texts.SMALL);
      assertThat(allowed).isEqualTo(tried(constraint, Texts.SMALL));
      if (allowed.isEmpty()) {
        break;
      }
      constraint.accept(allowed.stream()
          .skip(random.nextInt(allowed.cardinality()))
          .findFirst()
          .getAsInt());
    }
  }

  @Property(tries = 1000)
  @Tag("slow")
  void allThreeHoldForManyMore(@ForAll("grammars") Grammar grammar, @ForAll long seed) {
    theMaskIsWhatTryingEveryTokenFinds(grammar, seed);
    aWalkThroughMasksMatchesThePattern(seed);
    forksAreIndependent(grammar, seed);
  }

  static BitSet tried(Constraint constraint, Vocabulary vocabulary) {
    var out = new BitSet();
    for (int id = 0; id < vocabulary.size(); id++) {
      try {
        constraint.fork().accept(id);
        out.set(id);
      } catch (IllegalArgumentException refused) {
        out.clear(id);
      }
    }
    return out;
  }

  @Property(tries = 100)
  void aWalkThroughMasksMatchesThePattern(@ForAll long seed) {
    var random = new Random(seed);
    String pattern = PATTERNS.get(random.nextInt(PATTERNS.size()));
    byte[] text =
        Texts.walk(Grammar.ofRegex(pattern).constraint(Texts.SMALL), Texts.SMALL, random, 10);
    if (text != null) {
      String decoded = new String(text, StandardCharsets.UTF_8);
      assertThat(decoded.getBytes(StandardCharsets.UTF_8)).isEqualTo(text);
      assertThat(Pattern.compile(pattern).matcher(decoded).matches())
          .as(pattern + " on " + decoded)
          .isTrue();
    }
  }

  @Property(tries = 80)
  void forksAreIndependent(@ForAll("grammars") Grammar grammar, @ForAll long seed) {
    var random = new Random(seed);
    Constraint one = grammar.constraint(Texts.SMALL);
    BitSet before = Texts.allowed(one, Texts.SMALL);
    Texts.walk(one.fork(), Texts.SMALL, random, 5);
    assertThat(Texts.allowed(one, Texts.SMALL)).isEqualTo(before);
    Constraint other = grammar.constraint(Texts.SMALL);
    assertThat(Texts.allowed(other, Texts.SMALL)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "a*b, aaab, true",
    "a*b, aaa, false",
    "a*b, ba, false",
    "^ab$, ab, true",
    "x?, '', true",
    "[^b-y]+, aéz🙂, true",
    "[^b-y]+, abz, false",
    "., 日, true",
    "., 日本, false",
    "\\u{1F642}, 🙂, true",
    "\\p{L}+, aé日, true",
    "\\p{L}+, a1, false",
    "a|^b, b, true"
  })
  void patternsMatchWholeTexts(String pattern, String text, boolean fits) {
    assertThat(Texts.accepts(Grammar.ofRegex(pattern), text)).isEqualTo(fits);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "(?=a)b;look-around (?=",
        "(?!a)b;look-around (?!",
        "(?<=a)b;look-around (?<=",
        "(?<!a)b;look-around (?<!",
        "(a)\\1;back reference \\1",
        "(?<n>a)\\k<n>;back reference \\k",
        "\\bword;word boundary",
        "(?i)a;flag",
        "a++;possessive",
        "(a;group",
        "a);parenthesis",
        "[a;class",
        "*a;nothing before",
        "a{5,3};from 5 to 3",
        "\\q;escape",
        "\\p{Foo};property",
        "[z-a];go up",
        "a\\;backslash",
        "a{1000000};count",
        "\\uD800;surrogate"
      })
  void whatIsNotSupportedIsRefusedByName(String pattern, String named) {
    assertThatThrownBy(() -> Grammar.ofRegex(pattern))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(named)
        .hasMessageContaining("position");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"(a|b)*a(a|b){30}", "((a{100}){100}){100}", "(a?){5000}a{5000}", "(.{0,1000}a){50}"
      })
  void explodingPatternsEndSoon(String pattern) {
    double seconds = Effort.seconds(
        () -> assertThatThrownBy(() -> Grammar.ofRegex(pattern)).isInstanceOf(UserError.class));
    assertThat(seconds).isLessThan(10);
  }

  @Test
  void deepPatternsAndGrammarsAreRefused() {
    assertThatThrownBy(() -> Grammar.ofRegex("(".repeat(100_000))).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Grammar.ofText("root ::= " + "(".repeat(100_000)))
        .isInstanceOf(UserError.class);
    var chain = new StringBuilder("root ::= r0\n");
    for (int i = 0; i < 20_000; i++) {
      chain.append("r").append(i).append(" ::= r").append(i + 1).append("\n");
    }
    assertThat(Texts.accepts(Grammar.ofText(chain + "r20000 ::= \"x\""), "x")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "root ::= a;grammar:1: the rule a is not defined",
        "a ::= \"x\";no rule root",
        "root ::= root \"a\" | \"b\";grammar:1: rule root: it calls itself before",
        "root ::= a~a ::= b \"x\"~b ::= c? a | \"y\"~c ::= \"c\";left recursion",
        "root ::= \"a;not closed",
        "root ::= (\"a\";not closed",
        "root = \"a\";no ::=",
        "root ::= \"a\"~root ::= \"b\";grammar:2: a second rule",
        "root ::= [b-a];go up",
        "root ::= \"a\" ?? );where a part",
        "root ::= \"\\q\";escape",
        "root ::= \"a\" root;no text at all fits",
        "root ::= \"a\"{3,1};repetition"
      })
  void wrongGrammarsNameTheLine(String grammar, String named) {
    assertThatThrownBy(() -> Grammar.ofText(grammar.replace('~', '\n')))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(named);
  }

  @Test
  void theTextNeedNotBeRegular() {
    Grammar nested = Grammar.ofText(GRAMMARS.getFirst());
    assertThat(Texts.accepts(nested, "aaabbb")).isTrue();
    assertThat(Texts.accepts(nested, "aaabb")).isFalse();
    assertThat(Texts.accepts(nested, "a".repeat(5_000) + "b".repeat(5_000))).isTrue();
    Grammar ambiguous = Grammar.ofText(GRAMMARS.get(1));
    assertThat(Texts.accepts(ambiguous, "a".repeat(200) + "ab" + "c".repeat(200)))
        .isTrue();
  }

  @Test
  void unproductiveChoicesAreNotOffered() {
    Grammar grammar = Grammar.ofText("root ::= \"a\" | \"b\" never\nnever ::= \"c\" never");
    assertThat(Texts.accepts(grammar, "a")).isTrue();
    assertThat(Texts.allowed(grammar.constraint(Texts.SMALL), Texts.SMALL).get('b'))
        .isFalse();
  }
}
