import java.io.FileInputStream;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Judges PDF files: a line each, "PASS FILE" or "FAIL FILE: clause: why; ...". Arguments: a flavour such as 3b, then files. */
public final class Judge {
    public static void main(String[] arguments) throws Exception {
        java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.SEVERE);
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.fromString(arguments[0]);
        boolean all = true;
        for (int i = 1; i < arguments.length; i++) {
            try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(arguments[i]), flavour);
                    var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                var result = validator.validate(parser);
                var why = new TreeMap<String, String>();
                for (TestAssertion assertion : result.getTestAssertions()) {
                    if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                        var rule = assertion.getRuleId();
                        why.put(rule.getClause() + "-" + rule.getTestNumber(), assertion.getMessage());
                    }
                }
                all &= result.isCompliant();
                System.out.println((result.isCompliant() ? "PASS " : "FAIL ") + arguments[i] + (why.isEmpty() ? "" : ": " + why));
            }
        }
        System.exit(all ? 0 : 1);
    }
}
