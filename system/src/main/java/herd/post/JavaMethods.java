package herd.post;

import herd.data.Doc;
import herd.tool.JavaParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The public methods of Java documents.
public final class JavaMethods {
  private JavaMethods() {}

  /// Documents of another kind than `code`, and those that do not parse, have none.
  /// @return sorted by id, whatever the order of the documents; the first of several with one id
  public static List<SourceMethod> of(Iterable<Doc> docs) {
    var sources = new ArrayList<Doc>();
    docs.forEach(doc -> {
      if (doc.kind().equals("code")) {
        sources.add(doc);
      }
    });
    var parsed = new JavaParser().parse(sources.stream().map(Doc::text).toList());
    var methods = new TreeMap<String, SourceMethod>();
    for (int i = 0; i < sources.size(); i++) {
      if (parsed.get(i).clean()) {
        add(sources.get(i), parsed.get(i), methods);
      }
    }
    return List.copyOf(methods.values());
  }

  private static void add(Doc doc, JavaParser.Parsed parsed, Map<String, SourceMethod> methods) {
    String room = doc.group().substring(0, doc.group().lastIndexOf('.') + 1);
    for (var method : parsed.methods()) {
      if (method.isPublic()) {
        String id = room + method.key();
        methods.putIfAbsent(id, new SourceMethod(id, doc.group(), method));
      }
    }
  }
}
