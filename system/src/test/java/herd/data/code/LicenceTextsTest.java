package herd.data.code;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Licences by sentences of theirs.
class LicenceTextsTest {
  private static final String GPL =
      "GNU GENERAL PUBLIC LICENSE\nVersion 2, June 1991\n\nTERMS AND CONDITIONS FOR COPYING\n%s\n"
          + "it more useful to permit linking proprietary applications with the library.";

  /// The licence's own words on the compiler and the kernel of a system exempt nobody.
  @ParameterizedTest
  @CsvSource({
    "'However, as a\\nspecial exception, the source code distributed need not include', GPL-2.0-only",
    "'However, as a special exception, the materials to be distributed need not', GPL-2.0-only",
    "'In addition, as a special exception, you may link it with the OpenSSL library', GPL-2.0-only",
    "'As a special exception, you may link this library with independent modules',"
        + " GPL-2.0-only WITH Classpath-exception-2.0",
    "'subject to the \"Classpath\" exception', GPL-2.0-only WITH Classpath-exception-2.0"
  })
  void onlyAnExceptionForThoseWhoLinkMakesCopyleftWeak(String words, String expression) {
    var text = GPL.formatted(words.replace("\\n", "\n"));
    assertThat(LicenceTexts.ofFile(text)).isEqualTo(expression);
  }

  @Test
  void tagsOfPartsFarBelowAreNotTheLicenceOfAFile() {
    var text = "This program is released under version 2 of the GNU General Public License (GPLv2)."
        + "\n".repeat(20)
        + "more words ".repeat(200)
        + "\n// SPDX-License-Identifier: Apache-2.0\n";
    assertThat(LicenceTexts.ofFile(text)).isEqualTo("GPL-2.0-only");
    assertThat(LicenceTexts.ofFile("words ".repeat(400) + "\nSPDX-License-Identifier: MIT\n"))
        .isEqualTo("MIT");
    assertThat(LicenceTexts.ofFile("SPDX-License-Identifier: (GPL-2.0-or-later OR MIT)\n"))
        .isEqualTo("(GPL-2.0-or-later OR MIT)");
  }

  @Test
  void whatIsLicensedMayBeNamedInTheMidst() {
    var conditions = "that the following conditions are met. The names of the contributors may not"
        + " be used to endorse or promote products.";
    assertThat(LicenceTexts.ofFile("Redistribution and use in source and binary forms of the theme,"
            + " with or without modification, are permitted provided " + conditions))
        .isEqualTo("BSD-3-Clause");
    assertThat(LicenceTexts.ofFile("Redistribution and use of this software in source and binary"
            + " forms, with or without modification, are permitted provided " + conditions))
        .isEqualTo("BSD-3-Clause");
  }
}
