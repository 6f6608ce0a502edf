package herd.data.code;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Which licence a text is, or names: by a few words of each that stand in no other.
final class LicenceTexts {
  private static final int LONGEST = 400_000;

  /// Characters after the first words of a text in which its other conditions stand.
  private static final int REACH = 2500;

  /// Characters at the beginning of a file in which it says that one may choose.
  private static final int PREFACE = 800;

  /// Characters around words of choice in which stands what can be chosen.
  private static final int NEAR = 300;

  /// An identifier, and words in small letters without punctuation of which any betrays it.
  /// @param parts of which at least one stands in every text that has the words
  private record Print(String id, List<String> parts, Pattern words) {
    Matcher in(String text) {
      return parts.stream().anyMatch(text::contains) ? words.matcher(text) : null;
    }
  }

  private static final List<Print> PRINTS = new ArrayList<>();

  private static void print(String id, String words) {
    var alternatives = new ArrayList<String>();
    int depth = 0;
    var plain = new StringBuilder();
    for (char c : (words + "|").toCharArray()) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '|' && depth == 0) {
        alternatives.add(longest(plain.toString()));
        plain.setLength(0);
      } else {
        plain.append(depth > 0 || c == ')' ? '(' : c);
      }
    }
    PRINTS.add(
        new Print(id, List.copyOf(alternatives), Pattern.compile("\\b(?:" + words + ")\\b")));
  }

  /// The longest run of characters that stand for themselves.
  private static String longest(String pattern) {
    var pieces = pattern.replaceAll("\\[[^\\]]*\\]|.\\?|\\\\w[+*]?", "(").split("\\(+");
    return Stream.of(pieces).max(Comparator.comparingInt(String::length)).orElse("");
  }

  static {
    print(
        "Apache-2.0",
        "apache (?:software |public )?licen[cs]e,? (?:version )?v?2(?: 0)?|apache (?:v )?2(?: 0)? licen[cs]e"
            + "|apache org licenses license 2 0|asl 2 0|al 2 0|apache v?2 0");
    print("Apache-1.1", "apache software license version 1 1");
    print(
        "MIT!",
        "permission is hereby granted(?: without written agreement and)? free of charge to any person obtaining a");
    print(
        "MIT",
        "(?:the )?mit(?: x11| expat)? licen[cs]e|licensed under mit|mit licensed|opensource org licenses mit");
    print(
        "ISC!",
        "permission to use copy modify and or distribute this software for any purpose with or without fee is"
            + "|permission to use copy modify and distribute this software for any purpose with or without fee is");
    print("ISC", "(?:the )?isc licen[cs]e");
    print(
        "HPND",
        "permission to use copy modify (?:and )?distribute (?:and sell )?this software and its documentation for any purpose");
    print(
        "BSD!",
        "redistribution and use (?:of (?:\\w+ ){1,6})?in source and binary forms (?:of (?:\\w+ ){1,6})?with or without modification (?:are|is) permitted");
    print(
        "BSD-3-Clause",
        "(?:the )?(?:new|revised|modified) bsd licen[cs]e|bsd 3 clause|3 clause bsd|bsd license 3|three clause bsd"
            + "|eclipse distribution licen[cs]e|edl 1 0|opensource org licenses bsd 3 clause|bsd new");
    print(
        "BSD-2-Clause",
        "(?:the )?simplified bsd licen[cs]e|bsd 2 clause|2 clause bsd|two clause bsd|freebsd licen[cs]e");
    print(
        "LicenseRef-BSD",
        "under (?:the )?(?:terms of the )?bsd licen[cs]e|opensource org licenses bsd license");
    print(
        "MPL-2.0",
        "mozilla public license,? (?:version |v )?2(?: 0)?|mpl (?:v )?2(?: 0)?|mozilla org mpl 2 0");
    print("MPL-1.1", "mozilla public license,? (?:version |v )?1 1|mpl (?:v )?1 1");
    print(
        "EPL-2.0",
        "eclipse public license(?: epl)?,? (?:version |v )?2(?: 0)?|epl (?:v )?2(?: 0)?");
    print(
        "EPL-1.0",
        "eclipse public license(?: epl)?,? (?:version |v )?1(?: 0)?|epl (?:v )?1(?: ?0)?");
    print(
        "CDDL-1.1",
        "cddl gpl 1 1|(?:common development and distribution license|cddl)(?: cddl)? (?:version |v )?1 1");
    print(
        "CDDL-1.0",
        "common development and distribution license(?! (?:cddl )?(?:version )?1 1)|cddl (?:v )?1 0");
    print("CPL-1.0", "common public license");
    print("BSL-1.0", "boost software license");
    print(
        "Unlicense",
        "free and unencumbered software released into the public domain|the unlicense|unlicense org");
    print(
        "CC0-1.0",
        "cc0 1 0|publicdomain zero 1 0|cc0 public domain|cc0 universal|creative commons zero");
    print(
        "LicenseRef-public-domain",
        "creativecommons org licenses publicdomain|(?:released|placed|dedicated|put) (?:in|into|to) the public domain"
            + "|(?:is|are) (?:hereby )?(?:in the )?public domain|licen[cs]e public domain");
    print(
        "Zlib",
        "altered source versions must be plainly marked|zlib licen[cs]e|zlib libpng licen[cs]e");
    print("WTFPL", "do what the fuck you want to public license|wtfpl");
    print(
        "PSF-2.0",
        "python software foundation licen[cs]e|psf licen[cs]e|psfl"
            + "|grants licensee a non ?exclusive royalty free world wide license to reproduce analyze test perform");
    print("Artistic-2.0", "artistic license (?:version )?2(?: 0)?");
    print("Artistic-1.0-Perl", "same terms as (?:the )?perl|artistic license(?! (?:version )?2)");
    print("OFL-1.1", "sil open font license");
    print("BUSL-1.1", "business source license");
    print("SSPL-1.0", "server side public license");
    print("Elastic-2.0", "elastic license (?:version )?2(?: 0)?");
    print("LicenseRef-commons-clause", "commons clause");
    print("LicenseRef-confluent-community", "confluent community license");
    print("LicenseRef-polyform", "polyform \\w+ license");
    print("JSON", "shall be used for good not evil");
    print("NCSA", "university of illinois ncsa|ncsa open source license");
    print("PostgreSQL", "postgresql licen[cs]e");
    print("OpenSSL", "openssl license");
    print("Unicode-3.0", "unicode license v3");
    print(
        "Unicode-DFS-2016",
        "unicode inc license agreement data files|unicode org (?:copyright|license) html");
    print("EUPL-1.2", "european union public licen[cs]e(?: eupl)? v(?:ersion)? ?1 2|eupl 1 2");
    print("EUPL-1.1", "european union public licen[cs]e(?: eupl)? v(?:ersion)? ?1 1|eupl 1 1");
    print("MS-PL", "microsoft public license");
    print("MS-RL", "microsoft reciprocal license");
    print("UPL-1.0", "universal permissive license");
    print("BlueOak-1.0.0", "blue oak model license");
    print("AFL-3.0", "academic free license");
    print("ECL-2.0", "educational community license");
    print("OSL-3.0", "open software license (?:version |v )?3");
    print("PHP-3.01", "php license (?:version )?3");
    print("W3C", "w3c software (?:and document )?(?:notice and )?license");
    print("Beerware", "beer ware license");
    print("MulanPSL-2.0", "mulan psl v2|mulan permissive software license v(?:ersion )?2");
    print(
        "LicenseRef-proprietary",
        "(?:proprietary and confidential|confidential and proprietary)(?: information)?"
            + "|unauthori[sz]ed copying of this file|trade secrets? of");
    print("LicenseRef-non-commercial", "(?:for )?non commercial use only|not for commercial use");
  }

  private static final Pattern GNU =
      Pattern.compile("\\b(?:gnu )?(?:(affero|lesser|library) )(?:gnu )?general public licen[cs]e"
          + "|\\bgnu general public licen[cs]e|\\bgnu (lgpl|agpl|gpl)|\\b(lgpl|agpl|gpl) ?(?:v|version )? ?(?=[123]\\b)"
          + "|\\bgeneral public licen[cs]e(?= (?:gpl )?v(?:ersion)? ?[123])");

  private static final Pattern VERSION = Pattern.compile(
      "(?:\\bversion |\\bv ?|\\b(?:lgpl|agpl|gpl) ?v? ?|licen[cs]e )([123])(?: ([01])(?!\\d))?\\b");

  private static final Pattern LATER = Pattern.compile(
      "or (?:at your option )?any later version|or \\w+ at your option any later|or later|or newer|any later version|[123](?: 0)? or above");

  /// That one may link. GPL 2 and LGPL 2.1 themselves speak of a special exception for sources that
  /// come with a system, and who only allows OpenSSL asks for the rest.
  private static final Pattern EXCEPTION = Pattern.compile("\\bclasspath exception"
      + "|\\bas a special exception(?! the (?:source code|materials to be) distributed)"
      + "(?=.{0,500}\\blink)(?!.{0,500}\\bopenssl)");

  private static final Pattern CREATIVE = Pattern.compile(
      "\\b(?:creative ?commons(?: org licenses)?|cc) (?:attribution|by)"
          + "((?: |)(?:non ?commercial|nc)\\b)?((?: |)(?:share ?alike|sa)\\b| (?:no ?deriv\\w*|nd)\\b)?(?:\\D{0,40}?([234]) ([05]))?");

  private static final Pattern CHOICE = Pattern.compile(
      "\\b(?:dual|double|multi(?:ple)?|tri)(?: |)licen[cs]|\\byour choice\\b|\\b(?:under )?either(?: of)? the\\b|\\balternatively\\b"
          + "|\\beither license|\\bor the (?:apache|mit|gnu|bsd|eclipse|mozilla|lgpl|gpl)|\\bat your (?:option|discretion)(?! any)"
          + "|\\bone of the following|\\bor \\w+ (?:2 0|licen[cs]e) which is available");

  /// Where the rest of a text is about the licences of others.
  private static final Pattern OTHERS = Pattern.compile(
      "(?:sub ?components?|third party|bundled|following (?:components|libraries|software)) (?:\\w+ ){0,6}licen[cs]e"
          + "|this (?:product|project|distribution|software) (?:bundles|includes|contains)");

  private LicenceTexts() {}

  /// In small letters, all else one blank.
  static String words(String text) {
    var cut = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    return cut.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", " ").strip();
  }

  private record Found(String id, int at) {}

  /// The expression of the licence whose text a file is; null if it is not known. What a file adds
  /// on the licences of parts does not count.
  static String ofFile(String text) {
    var tagged = Spdx.tag(text.substring(0, Math.min(text.length(), PREFACE)));
    if (tagged != null) {
      return tagged;
    }
    var words = words(text);
    var found = found(words);
    if (found.isEmpty()) {
      return Spdx.tag(text);
    }
    var preface = words.substring(0, Math.min(words.length(), PREFACE));
    var others = OTHERS.matcher(preface);
    boolean choice = CHOICE.matcher(preface).find() && !others.find();
    if (!choice || preface.startsWith("gnu") || preface.startsWith("apache license")) {
      return found.getFirst().id();
    }
    return join(found.stream().filter(one -> one.at() < PREFACE).toList(), " OR ");
  }

  /// The expression of what the comments at the head of a file say; null if they name no licence.
  static String ofHeader(String comments) {
    var tagged = Spdx.tag(comments);
    if (tagged != null) {
      return tagged;
    }
    var words = words(comments);
    var found = found(words);
    var choice = CHOICE.matcher(words);
    if (found.size() < 2 || !choice.find()) {
      return join(found, " AND ");
    }
    int at = choice.start();
    var chosen =
        join(found.stream().filter(one -> Math.abs(one.at() - at) < NEAR).toList(), " OR ");
    var others =
        join(found.stream().filter(one -> Math.abs(one.at() - at) >= NEAR).toList(), " AND ");
    return chosen == null ? others : others == null ? chosen : "(" + chosen + ") AND " + others;
  }

  /// Whether a text names exactly one licence.
  static boolean namesOne(String text) {
    return found(words(text)).size() == 1;
  }

  private static String join(List<Found> found, String with) {
    var ids = new LinkedHashSet<String>();
    found.forEach(one -> ids.add(one.id()));
    return ids.isEmpty() ? null : String.join(with, ids);
  }

  /// All licences in the order of their first places.
  private static List<Found> found(String words) {
    var found = new ArrayList<Found>();
    for (var print : PRINTS) {
      var matcher = print.in(words);
      if (matcher != null && matcher.find()) {
        var id = print.id().endsWith("!") ? exact(print.id(), words, matcher) : print.id();
        found.add(new Found(id, matcher.start()));
      }
    }
    gnu(words, found);
    creative(words, found);
    found.sort(Comparator.comparingInt(Found::at));
    boolean lesser = found.stream().anyMatch(one -> one.id().startsWith("LGPL"));
    // That text names the other one, as do files under LGPL.
    found.removeIf(one -> lesser && one.id().startsWith("GPL"));
    boolean exact = found.stream().anyMatch(one -> one.id().matches("BSD-[1-4]-Clause"));
    found.removeIf(one -> exact && one.id().equals("LicenseRef-BSD"));
    boolean named = found.stream().anyMatch(one -> one.id().matches("CC0-1.0|Unlicense"));
    found.removeIf(one -> named && one.id().equals("LicenseRef-public-domain"));
    return found;
  }

  /// Texts that begin alike.
  private static String exact(String print, String words, Matcher at) {
    int from = at.start();
    var rest = words.substring(from, Math.min(words.length(), from + REACH));
    return switch (print) {
      case "MIT!" ->
        rest.contains("shall be used for good")
            ? "JSON"
            : rest.contains("of this font software") || rest.contains("of the font software")
                ? "OFL-1.1"
                : rest.contains("this permission notice appear in all copies")
                    ? "ICU"
                    : rest.contains("permission notice")
                        ? rest.contains("except as contained in this notice the name")
                            ? "X11"
                            : "MIT"
                        : "MIT-0";
      case "ISC!" -> rest.contains("provided that") ? "ISC" : "0BSD";
      default ->
        rest.contains("all advertising materials")
            ? "BSD-4-Clause"
            : rest.contains("neither the name")
                    || rest.contains("may not be used to endorse")
                    || rest.contains("must not be used to endorse")
                    || rest.contains("may be used to endorse")
                ? "BSD-3-Clause"
                : "BSD-2-Clause";
    };
  }

  private static void gnu(String words, List<Found> found) {
    if (!words.contains("gnu ") && !words.contains("gpl") && !words.contains("general public")) {
      return;
    }
    var matcher = GNU.matcher(words);
    for (int times = 0; times < 8 && matcher.find(); times++) {
      var kind = matcher.group();
      var name = kind.contains("affero") || kind.contains("agpl")
          ? "AGPL"
          : kind.contains("lesser") || kind.contains("library") || kind.contains("lgpl")
              ? "LGPL"
              : "GPL";
      int end = Math.min(words.length(), matcher.end() + 160);
      var around = words.substring(Math.max(0, matcher.end() - 12), end);
      var version = VERSION.matcher(around);
      var number = version.find()
          ? version.group(1) + "." + (version.group(2) == null ? "0" : version.group(2))
          : null;
      if (number == null) {
        continue;
      }
      // A whole licence speaks of later versions in what it tells others to write.
      boolean whole = words.contains("terms and conditions");
      boolean later = !whole
          && LATER
              .matcher(
                  words.substring(matcher.start(), Math.min(words.length(), matcher.end() + 260)))
              .find();
      var id = Licences.spelled(name + "-" + number + (later ? "+" : ""));
      if (id == null) {
        continue;
      }
      boolean except = EXCEPTION.matcher(words).find();
      found.add(new Found(except ? id + " WITH Classpath-exception-2.0" : id, matcher.start()));
      return;
    }
  }

  private static void creative(String words, List<Found> found) {
    var matcher = CREATIVE.matcher(words);
    if (!words.contains("commons") && !words.contains("cc by") || !matcher.find()) {
      return;
    }
    var second = matcher.group(2);
    var id = "CC-BY"
        + (matcher.group(1) == null ? "" : "-NC")
        + (second == null ? "" : second.contains("d") ? "-ND" : "-SA")
        + (matcher.group(3) == null ? "-4.0" : "-" + matcher.group(3) + "." + matcher.group(4));
    found.add(new Found(id, matcher.start()));
  }

  /// The expression that a name or an address means, such as metadata of packages give it; null if
  /// it is not known.
  static String ofName(String name) {
    var trimmed = name.strip();
    if (trimmed.isEmpty() || trimmed.length() > 2000) {
      return null;
    }
    if (Spdx.isExpression(trimmed)) {
      return Spdx.spelled(trimmed);
    }
    var words = words(trimmed);
    if (words.matches("(?:the )?(?:mit|expat)(?: .*)?")) {
      return "MIT";
    }
    if (words.matches("(?:the )?bsd(?: licen[cs]e)?(?: .{0,20})?")
        && found(words).isEmpty()) {
      return "LicenseRef-BSD";
    }
    if (words.matches("(?:the )?apache(?: licen[cs]e| software licen[cs]e| 2)?.{0,30}")
        && found(words).isEmpty()) {
      return "Apache-2.0";
    }
    if (words.matches("(?:is|public domain|isc|zlib|unlicense|psf|cc0)(?: .{0,20})?")) {
      return switch (words.split(" ")[0]) {
        case "public" -> "LicenseRef-public-domain";
        case "isc" -> "ISC";
        case "zlib" -> "Zlib";
        case "unlicense" -> "Unlicense";
        case "psf" -> "PSF-2.0";
        default -> "CC0-1.0";
      };
    }
    var found = found(words);
    return join(found, words.contains(" or ") ? " OR " : " AND ");
  }
}
