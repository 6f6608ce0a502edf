package herd.engine.template;

import herd.engine.template.Lexer.Token;
import herd.engine.template.Lexer.Token.Kind;
import herd.engine.template.Node.Target;
import java.util.ArrayList;
import java.util.List;

/// Reads the statements of a template. A statement that is not known is an error.
final class Parser {
  private final Expressions in;
  private final Budget place;
  private int loops;

  private Parser(List<Token> tokens, Budget place) {
    this.in = new Expressions(tokens, place);
    this.place = place;
  }

  static List<Node> parse(String source, Budget place) {
    var parser = new Parser(Lexer.tokens(source, place), place);
    var nodes = parser.body("the template");
    if (parser.in.peek().kind() != Kind.END) {
      throw new Failure("'" + parser.in.peek().text() + "', which ends nothing");
    }
    return nodes;
  }

  /// Statements up to a tag that ends or divides the enclosing one (its name is then next) or to
  /// the end.
  private List<Node> body(String of) {
    place.enter();
    var nodes = new ArrayList<Node>();
    while (true) {
      Token token = in.next();
      switch (token.kind()) {
        case TEXT -> nodes.add(new Node.Text(token.line(), Str.template(token.text())));
        case PRINT_BEGIN -> {
          nodes.add(new Node.Print(token.line(), in.tuple()));
          end(Kind.PRINT_END);
        }
        case BLOCK_BEGIN -> {
          String name = in.peek().text();
          if (name.startsWith("end") || name.equals("else") || name.equals("elif")) {
            place.at(in.peek().line());
            place.leave();
            return nodes;
          }
          nodes.add(statement(token.line(), in.name()));
        }
        default -> {
          place.leave();
          return nodes;
        }
      }
    }
  }

  private void end(Kind kind) {
    if (in.peek().kind() != kind) {
      throw in.unexpected("the end of the tag");
    }
    in.next();
  }

  /// Reads `name %}`.
  private void close(String name, int opened) {
    if (!in.skipName(name)) {
      throw in.unexpected("'" + name + "' (for line " + opened + ")");
    }
    end(Kind.BLOCK_END);
  }

  private Node statement(int line, String name) {
    return switch (name) {
      case "if" -> condition(line);
      case "for" -> loop(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> call(line);
      case "with" -> with(line);
      case "filter" -> {
        var filters = in.blockFilters();
        end(Kind.BLOCK_END);
        var body = body(name);
        close("endfilter", line);
        yield new Node.FilterBlock(line, filters, body);
      }
      case "generation" -> {
        end(Kind.BLOCK_END);
        var body = body(name);
        close("endgeneration", line);
        yield new Node.Generation(line, body);
      }
      case "break", "continue" -> {
        end(Kind.BLOCK_END);
        if (loops == 0) {
          throw new Failure("'" + name + "' outside of a loop");
        }
        yield name.equals("break") ? new Node.Break(line) : new Node.Continue(line);
      }
      default -> {
        place.at(line);
        throw new Failure("the statement '" + name + "', which is not known");
      }
    };
  }

  private Node condition(int line) {
    place.enter();
    var condition = in.tuple();
    end(Kind.BLOCK_END);
    var yes = body("if");
    List<Node> no = List.of();
    if (in.seesName("elif")) {
      int next = in.next().line();
      no = List.of(condition(next));
    } else {
      no = otherwise();
      close("endif", line);
    }
    place.leave();
    return new Node.If(line, condition, yes, no);
  }

  private List<Node> otherwise() {
    if (!in.skipName("else")) {
      return List.of();
    }
    end(Kind.BLOCK_END);
    return body("else");
  }

  private Node loop(int line) {
    var target = targets();
    if (!in.skipName("in")) {
      throw in.unexpected("'in'");
    }
    var over = over();
    var where = in.skipName("if") ? in.expression() : null;
    boolean recursive = in.skipName("recursive");
    end(Kind.BLOCK_END);
    loops++;
    var body = body("for");
    loops--;
    var otherwise = otherwise();
    close("endfor", line);
    return new Node.For(line, target, over, where, recursive, body, otherwise);
  }

  private Expr over() {
    int line = in.peek().line();
    var first = in.or();
    if (!in.sees(",")) {
      return first;
    }
    var items = new ArrayList<Expr>(List.of(first));
    while (in.skip(",")) {
      items.add(in.or());
    }
    return new Expr.Items(line, items, true);
  }

  private Target targets() {
    var first = target();
    if (!in.sees(",")) {
      return first;
    }
    var all = new ArrayList<Target>(List.of(first));
    while (in.skip(",")) {
      if (in.peek().kind() != Kind.NAME && !in.sees("(") || in.seesName("in")) {
        break;
      }
      all.add(target());
    }
    return new Target.Several(all);
  }

  private Target target() {
    place.enter();
    Target target;
    if (in.skip("(")) {
      target = targets();
      in.expect(")");
    } else {
      String name = in.name();
      target = in.skip(".") ? new Target.Attribute(name, in.name()) : new Target.Variable(name);
    }
    place.leave();
    return target;
  }

  private Node set(int line) {
    var target = targets();
    if (in.skip("=")) {
      var value = in.tuple();
      end(Kind.BLOCK_END);
      return new Node.Set(line, target, value);
    }
    var filters = in.skip("|") ? in.blockFilters() : null;
    end(Kind.BLOCK_END);
    var body = body("set");
    close("endset", line);
    return new Node.SetBlock(line, target, filters, body);
  }

  private Node.Macro macro(int line) {
    return signature(line, in.name(), "endmacro");
  }

  private Node.Macro signature(int line, String name, String close) {
    var parameters = new ArrayList<String>();
    var defaults = new ArrayList<Expr>();
    if (!close.equals("endcall") || in.sees("(")) {
      parameters(parameters, defaults);
    }
    return close.equals("endcall")
        ? new Node.Macro(line, name, parameters, defaults, List.of())
        : new Node.Macro(line, name, parameters, defaults, macroBody(line, close));
  }

  private List<Node> macroBody(int line, String close) {
    end(Kind.BLOCK_END);
    int outer = loops;
    loops = 0;
    var body = body(close);
    loops = outer;
    close(close, line);
    return body;
  }

  private void parameters(List<String> parameters, List<Expr> defaults) {
    in.expect("(");
    while (!in.skip(")")) {
      if (!parameters.isEmpty()) {
        in.expect(",");
        if (in.skip(")")) {
          break;
        }
      }
      parameters.add(in.name());
      if (in.skip("=")) {
        defaults.add(in.expression());
      } else if (!defaults.isEmpty()) {
        throw in.unexpected("a default value");
      }
    }
  }

  private Node call(int line) {
    var head = signature(line, "caller", "endcall");
    if (!(in.expression() instanceof Expr.Call call)) {
      throw new Failure("a call block without a call");
    }
    var body = macroBody(line, "endcall");
    return new Node.CallBlock(
        line, call, new Node.Macro(line, "caller", head.parameters(), head.defaults(), body));
  }

  private Node with(int line) {
    var targets = new ArrayList<Target>();
    var values = new ArrayList<Expr>();
    while (in.peek().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        in.expect(",");
      }
      targets.add(target());
      in.expect("=");
      values.add(in.expression());
    }
    end(Kind.BLOCK_END);
    var body = body("with");
    close("endwith", line);
    return new Node.With(line, targets, values, body);
  }
}
