import java.io.*;
import java.util.*;

/**
 * java.util.Properties itself, for tests. Each line of stdin is one file, as hexadecimal bytes; each line of stdout is
 * what `load` made of it: `key=value` in hexadecimal UTF-16, sorted, joined by commas; or `refused`.
 * With an argument: writes that file with `store`, as the Java program did; the pairs are the other arguments.
 */
public class JavaProperties {
  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      Properties written = new Properties();
      for (int i = 1; i + 1 < args.length; i += 2) written.setProperty(args[i], args[i + 1]);
      try (FileOutputStream out = new FileOutputStream(args[0])) {
        written.store(out, "Secondary stream info (OCID + endpoint)");
      }
      return;
    }
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "US-ASCII"));
    PrintWriter out = new PrintWriter(new BufferedWriter(new OutputStreamWriter(System.out, "US-ASCII")));
    for (String line = in.readLine(); line != null; line = in.readLine()) out.println(read(line));
    out.flush();
  }

  static String read(String hex) throws IOException {
    Properties read = new Properties();
    try {
      read.load(new ByteArrayInputStream(HexFormat.of().parseHex(hex)));
    } catch (IllegalArgumentException e) {
      return "refused";
    }
    List<String> pairs = new ArrayList<>();
    read.forEach((key, value) -> pairs.add(hexOf((String) key) + "=" + hexOf((String) value)));
    Collections.sort(pairs);
    return String.join(",", pairs);
  }

  static String hexOf(String text) {
    StringBuilder hex = new StringBuilder();
    for (char c : text.toCharArray()) hex.append(String.format("%04x", (int) c));
    return hex.toString();
  }
}
