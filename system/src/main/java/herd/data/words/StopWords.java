package herd.data.words;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The most frequent function words of languages: prose of some length has several of them, lists
/// of goods and names have none. The lists are our own, from the grammars' articles, pronouns,
/// conjunctions, prepositions and auxiliary verbs; English is that of Gopher (Rae et al. 2021).
/// @param words in small letters
/// @param found how a word is found in a text
record StopWords(List<String> words, Found found) {
  /// How words are found.
  enum Found {
    /// Among the words of the text, whatever the rule that parts them.
    AS_WORDS,
    /// In the text, with neither letter nor mark beside them: where a word has marks, on which word
    /// rules differ.
    BETWEEN_SIGNS,
    /// Anywhere in the text: where there are no blanks between words.
    ANYWHERE
  }

  /// By code of the language, of two letters.
  private static final Map<String, StopWords> OF = Map.ofEntries(
      words("en", "the be to of and that have with"),
      words("de", "der die das und in zu den von ist mit nicht ein eine auf sich auch für im es"),
      words("fr", "de la le et les des en un une que est du dans qui pour par sur au pas il"),
      words("es", "de la que el en y a los se del las un por con una su para es al no"),
      words("it", "di e il la che in un per è del una le con non si da i della sono al"),
      words("pt", "de a o que e do da em um para com não uma os no se na por as dos"),
      words("nl", "de het een van en in is dat op te voor met zijn niet aan er ook om als die"),
      words("pl", "w i na z do się nie to że jest o po od za jak przez ale co dla tym"),
      words("ru", "и в не на что с по как это к из у за для от но так о же то"),
      words("uk", "і в не на що з та до як у це за для від але про є й її його"),
      words("sv", "och i att det som en på är av för med den till inte om ett har de var jag"),
      words("da", "og i at det er en til af på den for med der de ikke som et har han jeg"),
      words("no", "og i det er på som en til av for at med de har den ikke et om fra var"),
      words("cs", "a v se na je že to s z do i o jako k ale za pro by po jsou"),
      words("ro", "și de în a la cu o pe că nu din care mai un este pentru să sau au fi"),
      words("tr", "ve bir bu da de için ile çok daha olarak gibi olan en ne kadar ama o mi var"),
      words("id", "yang dan di dengan untuk ini dari dalam tidak pada itu adalah ke akan juga"),
      new Entries(
              "hi",
              "के है में की और से का को पर ने कि यह हैं भी इस नहीं एक लिए था तो",
              Found.BETWEEN_SIGNS)
          .entry(),
      new Entries(
              "th",
              "ที่ และ ใน เป็น ของ มี การ ได้ จะ ไม่ ให้ ว่า นี้ จาก กับ หรือ แต่ โดย",
              Found.ANYWHERE)
          .entry());

  /// The code of two letters that each code of three stands for: web archives have those.
  private static final Map<String, String> SHORT = shortCodes();

  private record Entries(String language, String words, Found found) {
    Map.Entry<String, StopWords> entry() {
      return Map.entry(language, new StopWords(List.of(words.split(" ")), found));
    }
  }

  private static Map.Entry<String, StopWords> words(String language, String words) {
    return new Entries(language, words, Found.AS_WORDS).entry();
  }

  private static Map<String, String> shortCodes() {
    var codes = new HashMap<String, String>();
    for (var code : OF.keySet()) {
      codes.put(Locale.of(code).getISO3Language(), code);
    }
    return Map.copyOf(codes);
  }

  /// The list of a language.
  /// @param language a code, `de`, `de-AT` or `deu`; English if empty
  /// @return null if there is none
  static StopWords of(String language) {
    if (language.isEmpty()) {
      return OF.get("en");
    }
    int end = 0;
    while (end < language.length() && Character.isLetter(language.charAt(end))) {
      end++;
    }
    var code = language.substring(0, end).toLowerCase(Locale.ROOT);
    return OF.get(SHORT.getOrDefault(code, code));
  }

  /// Languages with a list.
  static List<String> languages() {
    return OF.keySet().stream().sorted().toList();
  }

  /// How many of the words occur, up to `most`.
  int in(TextStats text, int most) {
    return switch (found) {
      case AS_WORDS -> asWords(text, most);
      case BETWEEN_SIGNS, ANYWHERE -> inText(text.chars, most);
    };
  }

  private int asWords(TextStats text, int most) {
    int size = words.size();
    var wanted = new long[size];
    var lengths = new int[size];
    for (int k = 0; k < size; k++) {
      var word = words.get(k);
      for (int i = 0; i < word.length(); i++) {
        wanted[k] = wanted[k] * Span.B + word.charAt(i);
      }
      lengths[k] = word.codePointCount(0, word.length());
    }
    int count = 0;
    for (int i = 0; i < text.words && count < most; i++) {
      for (int k = 0; k < size; k++) {
        if (text.hash[i] == wanted[k] && text.shape[i] >> TextStats.POINTS == lengths[k]) {
          count++;
          lengths[k] = -1;
        }
      }
    }
    return count;
  }

  private int inText(char[] text, int most) {
    int count = 0;
    for (int k = 0; k < words.size() && count < most; k++) {
      count += stands(words.get(k).toCharArray(), text) ? 1 : 0;
    }
    return count;
  }

  private boolean stands(char[] word, char[] text) {
    for (int i = 0; i + word.length <= text.length; i++) {
      if (text[i] == word[0]
          && Arrays.equals(text, i, i + word.length, word, 0, word.length)
          && (found == Found.ANYWHERE || free(text, i - 1) && free(text, i + word.length))) {
        return true;
      }
    }
    return false;
  }

  private static boolean free(char[] text, int at) {
    return at < 0
        || at == text.length
        || (Kinds.of(text[at]) & (Kinds.WORD | Kinds.MARK | Kinds.SURROGATE)) == 0;
  }
}
