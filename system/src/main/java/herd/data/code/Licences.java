package herd.data.code;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Licences by their SPDX identifiers, the family of each, and what expressions over them allow.
public final class Licences {
  /// What a licence asks of those who use a work, from little to much.
  public enum Family {
    /// Nothing.
    PUBLIC_DOMAIN,
    /// That names and notices stay.
    PERMISSIVE,
    /// That changes to the work itself stay free.
    WEAK_COPYLEFT,
    /// That works made with it stay free.
    COPYLEFT,
    /// The same of works that are only served.
    NETWORK_COPYLEFT,
    /// That it is not sold, not changed, not used for some ends, or not used at all.
    RESTRICTED,
    /// Not known.
    UNKNOWN;

    /// `weak-copyleft`.
    public String kebab() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// Families and their licences; a family goes on on the next lines.
  private static final String TABLE = """
      public_domain CC0-1.0 Unlicense 0BSD MIT-0 WTFPL LicenseRef-public-domain CC-PDDC SAX-PD blessing
      permissive MIT Apache-2.0 Apache-1.1 Apache-1.0 BSD-1-Clause BSD-2-Clause BSD-3-Clause BSD-4-Clause
      permissive BSD-3-Clause-Clear BSD-2-Clause-Patent BSD-Source-Code LicenseRef-BSD ISC X11 ICU Zlib
      permissive libpng libpng-2.0 BSL-1.0 PSF-2.0 Python-2.0 PostgreSQL NCSA UPL-1.0 BlueOak-1.0.0 AFL-3.0
      permissive AFL-2.1 ECL-2.0 Unicode-3.0 Unicode-DFS-2016 Unicode-DFS-2015 W3C W3C-20150513 HPND curl
      permissive OpenSSL SSLeay Ruby PHP-3.0 PHP-3.01 TCL Vim Beerware MulanPSL-2.0 MulanPSL-1.0 Artistic-2.0
      permissive MS-PL CC-BY-3.0 CC-BY-4.0 CC-BY-2.5 CC-BY-2.0 FTL IJG NTP Xnet ZPL-2.0 ZPL-2.1 EFL-2.0 Naumen
      permissive FSFAP MirOS Fair Apache-2.0-with-LLVM-exception JSON-free bzip2-1.0.6 TU-Berlin-2.0 Intel
      weak_copyleft MPL-1.0 MPL-1.1 MPL-2.0 EPL-1.0 EPL-2.0 CDDL-1.0 CDDL-1.1 CPL-1.0 LGPL-2.0-only
      weak_copyleft LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later
      weak_copyleft MS-RL Artistic-1.0 Artistic-1.0-Perl OFL-1.1 IPL-1.0 APSL-2.0 NPL-1.1 SPL-1.0 LPPL-1.3c
      weak_copyleft EUPL-1.0 EUPL-1.1 EUPL-1.2 CECILL-C
      copyleft GPL-1.0-only GPL-1.0-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later
      copyleft CC-BY-SA-2.0 CC-BY-SA-2.5 CC-BY-SA-3.0 CC-BY-SA-4.0 OSL-3.0 CECILL-2.1 Sleepycat QPL-1.0
      network_copyleft AGPL-3.0-only AGPL-3.0-or-later AGPL-1.0-only SSPL-1.0 CPAL-1.0 RPL-1.5
      restricted BUSL-1.1 Elastic-2.0 JSON LicenseRef-commons-clause LicenseRef-proprietary
      restricted LicenseRef-non-commercial LicenseRef-confluent-community LicenseRef-polyform CC-BY-NC-2.0
      restricted CC-BY-NC-2.5 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-2.5 CC-BY-NC-SA-3.0
      restricted CC-BY-NC-SA-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 CC-BY-ND-3.0 CC-BY-ND-4.0
      """;

  private static final Map<String, Family> FAMILIES = new HashMap<>();
  private static final Map<String, String> SPELLING = new HashMap<>();
  private static final Pattern TOKEN = Pattern.compile("[()]|/|[\\w.+:-]+");

  static {
    TABLE.lines().map(line -> line.split(" ")).forEach(words -> {
      for (int i = 1; i < words.length; i++) {
        FAMILIES.put(words[i], Family.valueOf(words[0].toUpperCase(Locale.ROOT)));
        SPELLING.put(words[i].toLowerCase(Locale.ROOT), words[i]);
      }
    });
    for (var old :
        List.of("GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0")) {
      SPELLING.put(old.toLowerCase(Locale.ROOT), old + "-only");
      SPELLING.put(old.toLowerCase(Locale.ROOT) + "+", old + "-or-later");
    }
  }

  private Licences() {}

  /// Whether SPDX, or this list for want of one, has that identifier.
  public static boolean knows(String id) {
    return FAMILIES.containsKey(id);
  }

  /// The identifier as SPDX spells it, null if it is not known.
  static String spelled(String id) {
    var spelled = SPELLING.get(id.toLowerCase(Locale.ROOT));
    return spelled == null && id.endsWith("+")
        ? SPELLING.get(id.toLowerCase(Locale.ROOT).replace("+", ""))
        : spelled;
  }

  /// What an expression comes to.
  /// @param family the first of `id`s families that is not allowed where it counts, else one that
  /// is
  public record Ruling(boolean allowed, Family family) {}

  /// Judges an expression: of what OR joins one side must be allowed, of what AND joins both.
  /// Exceptions (WITH) make copyleft weak.
  /// @param allowed says of an identifier whether it is
  public static Ruling rule(String expression, Predicate<String> allowed) {
    var tokens = new ArrayList<String>();
    var matcher = TOKEN.matcher(expression);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    return new Parser(tokens, allowed).any();
  }

  private static final class Parser {
    /// Deeper nesting than any licence has: a joke or an attack.
    private static final int DEEPEST = 32;

    private final List<String> tokens;
    private final Predicate<String> allowed;
    private int at;
    private int depth;

    Parser(List<String> tokens, Predicate<String> allowed) {
      this.tokens = tokens;
      this.allowed = allowed;
    }

    private boolean eat(String word) {
      boolean here = at < tokens.size() && tokens.get(at).equalsIgnoreCase(word);
      at += here ? 1 : 0;
      return here;
    }

    Ruling any() {
      var ruling = all();
      while (eat("OR") || eat("/")) {
        var other = all();
        boolean better = other.allowed() != ruling.allowed()
            ? other.allowed()
            : other.family().ordinal() < ruling.family().ordinal();
        ruling = better ? other : ruling;
      }
      return ruling;
    }

    private Ruling all() {
      var ruling = one();
      while (eat("AND")) {
        var other = one();
        boolean worse = other.allowed() != ruling.allowed()
            ? !other.allowed()
            : other.family().ordinal() > ruling.family().ordinal();
        ruling = worse ? other : ruling;
      }
      return ruling;
    }

    private Ruling one() {
      if (at == tokens.size() || depth > DEEPEST) {
        at = tokens.size();
        return new Ruling(allowed.test("unknown"), Family.UNKNOWN);
      }
      if (eat("(")) {
        depth++;
        var ruling = any();
        depth--;
        eat(")");
        return ruling;
      }
      var id = tokens.get(at++);
      var spelled = spelled(id);
      var family = FAMILIES.getOrDefault(spelled == null ? id : spelled, Family.UNKNOWN);
      boolean except = eat("WITH");
      at += except && at < tokens.size() ? 1 : 0;
      if (except && family == Family.COPYLEFT) {
        family = Family.WEAK_COPYLEFT;
        return new Ruling(allowed.test(family.kebab()), family);
      }
      return new Ruling(
          allowed.test(family.kebab()) || spelled != null && allowed.test(spelled), family);
    }
  }
}
