import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;

/** Reads what an address leads to, as Jena negotiates it, and prints it as N-Triples. */
public class JenaReads {
    public static void main(String[] addresses) {
        RDFDataMgr.write(System.out, RDFDataMgr.loadModel(addresses[0]), Lang.NTRIPLES);
    }
}
