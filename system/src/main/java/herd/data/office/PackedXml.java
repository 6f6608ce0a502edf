package herd.data.office;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.poi.openxml4j.exceptions.InvalidFormatException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.openxml4j.opc.PackagePart;
import org.apache.poi.openxml4j.opc.PackageRelationship;
import org.apache.poi.openxml4j.opc.PackagingURIHelper;
import org.apache.poi.util.XMLHelper;
import org.xml.sax.Attributes;
import org.xml.sax.ContentHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/// Word, PowerPoint and Excel files of packed XML (ECMA-376), read as streams of events, so that
/// nothing but the text itself is kept. Of a text: its body, then its notes, without heads and feet
/// of pages, comments and what was deleted. Of slides: all texts, in the slides' order. Of sheets:
/// their names and the cells as they are shown.
final class PackedXml {
  private PackedXml() {}

  static OfficeFile read(byte[] bytes, Bounds bounds) throws Exception {
    try (var parts = new Parts(bytes, bounds);
        var file = OPCPackage.open(parts)) {
      var main = main(file);
      var words = new Words(bounds);
      var kind = main.getContentType();
      if (kind.contains("sheet") || kind.contains("excel")) {
        Sheets.read(file, words);
      } else if (kind.contains("presentation") || kind.contains("powerpoint")) {
        for (var slide : slides(main)) {
          parse(slide, new Body(words));
          words.add('\n');
        }
      } else {
        parse(main, new Body(words));
        for (var notes : List.of("footnotes", "endnotes")) {
          for (var part : related(main, notes)) {
            parse(part, new Body(words));
          }
        }
      }
      return words.file("");
    }
  }

  private static PackagePart main(OPCPackage file) throws IOException {
    for (var relation : file.getRelationships()) {
      if (relation.getRelationshipType().endsWith("/officeDocument")) {
        return file.getPart(relation);
      }
    }
    throw new IOException("no main part");
  }

  private static List<PackagePart> related(PackagePart part, String type)
      throws InvalidFormatException {
    var found = new ArrayList<PackagePart>();
    for (var relation : part.getRelationships()) {
      if (relation.getRelationshipType().endsWith("/" + type)) {
        add(found, part, relation);
      }
    }
    return found;
  }

  private static void add(List<PackagePart> to, PackagePart from, PackageRelationship relation)
      throws InvalidFormatException {
    var part =
        from.getPackage().getPart(PackagingURIHelper.createPartName(relation.getTargetURI()));
    if (part != null) {
      to.add(part);
    }
  }

  private static List<PackagePart> slides(PackagePart main) throws Exception {
    var slides = new ArrayList<PackagePart>();
    var ids = new ArrayList<String>();
    parse(main, new DefaultHandler() {
      @Override
      public void startElement(String uri, String name, String prefixed, Attributes attributes) {
        for (int i = 0; name.equals("sldId") && i < attributes.getLength(); i++) {
          if (attributes.getLocalName(i).equals("id") && !attributes.getURI(i).isEmpty()) {
            ids.add(attributes.getValue(i));
          }
        }
      }
    });
    for (var id : ids) {
      var relation = main.getRelationship(id);
      if (relation != null) {
        add(slides, main, relation);
      }
    }
    return slides;
  }

  private static void parse(PackagePart part, ContentHandler handler) throws Exception {
    try (var in = part.getInputStream()) {
      parse(in, handler);
    }
  }

  static void parse(InputStream in, ContentHandler handler) throws Exception {
    var reader = XMLHelper.newXMLReader();
    reader.setContentHandler(handler);
    reader.parse(new InputSource(in));
  }

  /// Paragraphs, rows and cells of a text or a slide; both name them alike.
  private static final class Body extends DefaultHandler {
    private final Words words;
    private int left; // depth within what is left out
    private boolean inText;

    Body(Words words) {
      this.words = words;
    }

    private static boolean leavesOut(String name, Attributes attributes) {
      return switch (name) {
        // Settings, whose tabs are none of the text; the second form of what is drawn; what moved.
        case "pPr", "rPr", "tblPr", "sectPr", "Fallback", "moveFrom", "del" -> true;
        case "fld" -> "slidenum".equals(attributes.getValue("type"));
        default -> false;
      };
    }

    @Override
    public void startElement(String uri, String name, String prefixed, Attributes attributes)
        throws SAXException {
      if (left > 0 || leavesOut(name, attributes)) {
        left++;
        return;
      }
      switch (name) {
        case "t" -> inText = true;
        case "tab" -> add('\t');
        case "br", "cr" -> add('\n');
        case "noBreakHyphen" -> add('-');
        default -> {}
      }
    }

    @Override
    public void endElement(String uri, String name, String prefixed) throws SAXException {
      if (left > 0) {
        left--;
        return;
      }
      try {
        switch (name) {
          case "t" -> inText = false;
          case "p" -> words.add('\n');
          case "tc" -> words.endCell();
          case "tr" -> words.endRow();
          default -> {}
        }
      } catch (IOException e) {
        throw new SAXException(e);
      }
    }

    private void add(char c) throws SAXException {
      try {
        words.add(c);
      } catch (IOException e) {
        throw new SAXException(e);
      }
    }

    @Override
    public void characters(char[] chars, int from, int length) throws SAXException {
      if (inText && left == 0) {
        try {
          words.add(chars, from, length);
        } catch (IOException e) {
          throw new SAXException(e);
        }
      }
    }
  }
}
