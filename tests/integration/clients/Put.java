import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Sends a body with Java's own client, which asks every server that it does not know for HTTP/2. */
public class Put {
    public static void main(String[] arguments) throws Exception {
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString(arguments[4]);
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[1]))
            .header("Authorization", "Bearer " + arguments[2])
            .header("Content-Type", arguments[3])
            .method(arguments[0], body)
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.print(answer.statusCode());
    }
}
