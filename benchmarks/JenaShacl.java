import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.TreeSet;
import org.apache.jena.graph.Graph;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.shacl.ShaclValidator;
import org.apache.jena.shacl.Shapes;
import org.apache.jena.shacl.ValidationReport;
import org.apache.jena.sparql.graph.GraphFactory;

/**
 * Validates a graph with Jena, in memory: java JenaShacl.java SHAPES DATA WARM-UP ROUNDS.
 *
 * The warm-up graph is loaded and validated that many times before the clock starts. Prints one line of JSON, with a
 * digest of the results: focus node, constraint component, severity and source shape, each once and sorted.
 */
public class JenaShacl {
    public static void main(String[] arguments) throws Exception {
        Shapes shapes = Shapes.parse(RDFDataMgr.loadGraph(arguments[0]));
        for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
            ShaclValidator.get().validate(shapes, load(arguments[2]));
        }
        System.gc();
        long start = System.nanoTime();
        Graph data = load(arguments[1]);
        long loaded = System.nanoTime();
        ValidationReport report = ShaclValidator.get().validate(shapes, data);
        long end = System.nanoTime();
        TreeSet<String> keys = new TreeSet<>();
        report.getEntries().forEach(entry -> keys.add(String.join(" ",
            entry.focusNode().toString(), entry.sourceConstraintComponent().getURI(),
            entry.severity().level().getURI(), entry.source().toString())));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(String.join("\n", keys).getBytes("UTF-8"));
        Runtime runtime = Runtime.getRuntime();
        System.out.printf("{\"load\": %.4f, \"validate\": %.4f, \"MiB\": %d, \"results\": %d, \"digest\": \"%s\"}%n",
            (loaded - start) / 1e9, (end - loaded) / 1e9, (runtime.totalMemory() - runtime.freeMemory()) >> 20,
            keys.size(), HexFormat.of().formatHex(digest).substring(0, 16));
    }

    private static Graph load(String path) {
        Graph graph = GraphFactory.createGraphMem();
        RDFDataMgr.read(graph, path);
        return graph;
    }
}
